"""What people do in the pages, or through the API, on the way to what a test is about."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from jeu import dossiers as g
from jeu.gens import camille
from tests.portail.conftest import Lieu
from tests.portail.navigateur import Navigateur, Page
from tests.portail.suivi import REFERENT, Suivi

A_TRAITER = "/orientations-a-traiter"
MENAGE: dict[str, Any] = {
    "prenom": "Camille",
    "nom": "Exemple",
    "naissance": "28/2/1990",
    "commune": "Saintes",
    "qpv": "oui",
    "enfants": "2",
    "type_menage": "famille_monoparentale",
    "publics": ["sans_domicile"],
}


async def remplir(n: Navigateur, **menage: Any) -> None:
    """From the list to the last look, as an agent does."""
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", **{**MENAGE, **menage})
    assert n.page.chemin.endswith("/motif"), n.page.texte
    await n.envoyer("Continuer", motifs=["impayes"], constat="Deux mois d’impayés.", expose="Un budget à refaire.")
    assert n.page.chemin.endswith("/accord"), n.page.texte
    await n.envoyer("Continuer", accord="oui", support="rendez_vous_bureau")
    assert n.page.chemin.endswith("/verifier"), n.page.texte


async def orienter(n: Navigateur, **menage: Any) -> str:
    """Answers the dossier's address."""
    await n.aller("/orientations")
    await remplir(n, **menage)
    await n.envoyer("Envoyer à")
    assert re.fullmatch(r"/dossiers/[0-9a-f-]{36}", n.page.chemin), n.page.texte
    return n.page.chemin


async def adresser(
    lieu: Lieu, nom: str, bailleur: str = "semis", association: str = "tremplin17", convention: str | None = None
) -> str:
    """A household oriented through the API; answers its id, once the landlord's view has it."""
    agent = f"{bailleur}.agent"
    reperer = g.reperer(uuid4(), camille(nom, naissance="1990-02-28"), publics=["sans_domicile"])
    dossier: str = (await lieu.monde.faire(agent, reperer))["id"]
    accord = g.Accord(
        lieu.reseau.organisations[association],
        lieu.reseau.poses[f"dispositif.{bailleur}"],
        convention or lieu.conventions[bailleur],
    )
    for suivant in (g.recueillir_consentement(), g.orienter(accord, expose=f"Ce que demande {nom}.")):
        await faire(lieu, agent, dossier, suivant.nom, suivant.corps)
    return dossier


async def faire(lieu: Lieu, sujet: str, dossier: str, commande: str, corps: Any = None) -> None:
    """A command that must succeed; comes back once the views show it."""
    fait = await lieu.monde.poster(sujet, f"/v1/dossiers/{dossier}/{commande}", corps)
    assert fait.status_code == 200, f"{commande}: {fait.text}"
    await lieu.monde.lire(sujet, f"/v1/dossiers/{dossier}", au_moins=fait.json()["version"])


async def etape(lieu: Lieu, dossier: str) -> str:
    vu = await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")
    return str(vu.json()["etape"])


async def repondre(n: Navigateur, bouton: str, nom: str) -> None:
    await n.envoyer(f"{bouton} : Camille {nom}")


async def referente(lieu: Lieu, sujet: str) -> str:
    """One more référent of Tremplin 17, whom dossiers knows."""
    chez = lieu.reseau.organisations["tremplin17"]
    membre = await lieu.reseau.habiliter("tremplin17.coordinateur", chez, sujet, "referent")
    await lieu.monde.attendre(sujet, "/v1/moi")
    return membre


def texte(page: Page) -> str:
    return page.texte.replace("\xa0", " ")


async def ouvrir_fiche(n: Navigateur, s: Suivi, sujet: str = REFERENT) -> Page:
    await n.se_connecter(sujet)
    return await n.aller(f"{s.adresse}?v={s.version}")


async def ecrit(s: Suivi, type_: str) -> int:
    """How many times something was recorded."""
    frise = await s.lieu.monde.lire(REFERENT, f"/v1{s.adresse}/frise")
    return [fait["type"] for fait in frise.json()["elements"]].count(type_)


def plat(texte: str) -> str:
    """Without the spaces that do not break."""
    return texte.replace("\xa0", " ").replace("\u202f", " ")


def dehors(page: Page) -> bool:
    """Whether one is asked to sign in: by the pages, or by the only provider there is."""
    return page.chemin in ("/connexion", "/authorize")
