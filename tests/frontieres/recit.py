"""One household's whole life, told through the APIs: every event there is, and a mark in everything anybody writes.

Six orientations, so that each way one may end has happened: withdrawn, expired, refused by the association, refused by
the household, accepted and declined, accepted and followed to its close.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
from msgspec import Struct

from tests.frontieres.terrain import RETIRE, Roles, Terrain, jusqu_a
from tests.monde import DEBUT

CODES = {
    "naissance": ("1987-03-11", "1961-12-07"),
    "composition.type_menage": ("couple_avec_enfants", "plusieurs_adultes"),
    "composition.tranche_age": ("40-59", "60-74"),
    "logement.commune": ("17347", "33281"),
    "logement.typologie": ("t1-prime", "t1bis"),
    "publics": ("personnes-exilees", "sortant_prison"),
    "diagnostic.motifs": ("entretien_logement", "sortie_rue"),
    "orientation.motifs": ("echec_pressenti", "manque_autonomie"),
    "retrait.motif": ("autre_solution", "situation_resolue"),
    "refus.menage.motif": ("non_presente", "non_joignable"),
    "adhesion.motif": ("duree_inadaptee", "non_adhesion"),
    "entretien.theme": ("numerique", "addiction"),
    "objectif.theme": ("mobilite", "violences"),
    "note.equipe.theme": ("maitrise_langue", "parentalite"),
    "note.referent.theme": ("se-former", "contraintes_familiales"),
    "note.coordinateur.theme": ("remobilisation", "lecture-ecriture-calcul"),
    "cloture.motif": ("incarceration", "hospitalisation"),
    "cloture.situation": ("heberge_chez_tiers", "logement_adapte"),
}
"""What a person picks from a list, and a date: in the first network, in the second. Each is used for one thing only, so
that finding it tells what leaked."""


class Jouee(Struct, frozen=True):
    """A command that was sent and succeeded. `commande` is the last part of its address, `cible` the rest."""

    sujet: str
    service: str
    cible: str
    commande: str
    corps: Any

    @property
    def chemin(self) -> str:
        return f"{self.cible}/{self.commande}"


Etape = Callable[["Recit", str], Awaitable[None]]
"""Called at each named moment of the story."""


@dataclass
class Recit:
    """`marques`: what was written, as it stands in an answer, by the name of where. `jouees`: every command, in order.
    `reseau`: 0 or 1, which of CODES to use. `naissance`: a birth date of its own, where stories share a network."""

    terrain: Terrain
    roles: Roles
    graine: str
    association: str
    convention: str
    dispositif: str
    reseau: int = 0
    naissance: str | None = None
    menage: str = field(default_factory=lambda: str(uuid4()))
    dossier: str = ""
    marques: dict[str, str] = field(default_factory=dict)
    jouees: list[Jouee] = field(default_factory=list)
    le: date = DEBUT

    def m(self, nom: str) -> str:
        """A text found nowhere else, for the field `nom`."""
        return self.marques.setdefault(nom, f"Marque.{nom}.{self.graine}")

    def code(self, nom: str) -> str:
        """The code used for `nom`, marked with its quotes: five digits alone may stand in any identifier."""
        code = self.naissance if nom == "naissance" and self.naissance else CODES[nom][self.reseau]
        self.marques[nom] = f'"{code}"'
        return code

    async def fait(self, sujet: str, commande: str, corps: Any = None) -> httpx.Response:
        """Send a command about the dossier; it must succeed."""
        cible = f"/v1/dossiers/{self.dossier}"
        reponse = await self.terrain.poster(sujet, "dossiers", f"{cible}/{commande}", corps)
        assert reponse.status_code == 200, f"{commande}: {reponse.status_code} {reponse.text}"
        self.jouees.append(Jouee(sujet, "dossiers", cible, commande, corps or {}))
        return reponse

    async def attend(self, jours: int) -> None:
        self.le += timedelta(days=jours)
        self.terrain.lieu.jour(self.le)


async def raconter(recit: Recit, etape: Etape) -> None:
    """The story up to and including the close, with `etape` called at each moment of MOMENTS."""
    recit.terrain.lieu.jour(recit.le)
    await reperer(recit)
    await etape(recit, "repere")
    await orienter(recit, 1)
    await etape(recit, "oriente")
    await recit.fait(recit.roles.agent, "retirer-orientation", {"motif": recit.code("retrait.motif")})
    await orienter(recit, 2)
    await recit.attend(16)
    await recit.fait(recit.roles.horloge, "expirer-orientation")
    await orienter(recit, 3)
    await recit.fait(recit.roles.coordinateur, "refuser-orientation", _refus(recit, "association", "autre"))
    await etape(recit, "refuse")
    await orienter(recit, 4)
    await recit.fait(
        recit.roles.referent, "refuser-orientation", _refus(recit, "menage", recit.code("refus.menage.motif"))
    )
    await etape(recit, "decline")
    await orienter(recit, 5)
    await recit.fait(recit.roles.referent, "mettre-a-l-etude")
    await recit.fait(recit.roles.coordinateur, "accepter-orientation")
    refus = {"motif": recit.code("adhesion.motif"), "precision": recit.m("adhesion.precision")}
    await recit.fait(recit.roles.referent, "refuser-adhesion", refus)
    await orienter(recit, 6)
    await recit.fait(recit.roles.coordinateur, "accepter-orientation")
    await accompagner(recit)
    await etape(recit, "suivi")
    await recit.fait(recit.roles.referent, "retirer-consentement", {"finalite": "partage_synthese"})
    await etape(recit, "retrait")
    await _laisser_passer(recit)
    fin = {"motif": recit.code("cloture.motif"), "situation": recit.code("cloture.situation")}
    await recit.fait(recit.roles.referent, "clore", {**fin, "precision": recit.m("cloture.precision")})
    await etape(recit, "clos")


async def ouvrir(recit: Recit) -> None:
    """Another household, whose orientation still awaits its answer."""
    await reperer(recit)
    await orienter(recit, 1)


MOMENTS = ("repere", "oriente", "refuse", "decline", "suivi", "retrait", "clos")


async def effacer(recit: Recit, *sujets: str) -> None:
    """Each in the name of their organisation, which destroys its own copy."""
    for sujet in sujets:
        await recit.fait(sujet, "effacer-donnees")


async def reperer(recit: Recit) -> None:
    """Spotted, diagnosed, met, and agreed to be spoken of to the association."""
    identite = {champ: recit.m(f"identite.{champ}") for champ in ("nom", "prenom", "telephone", "courriel", "adresse")}
    corps: dict[str, Any] = {
        "menage": recit.menage,
        "identite": {**identite, "naissance": recit.code("naissance")},
        "composition": {
            "adultes": 2,
            "enfants": 3,
            "type_menage": recit.code("composition.type_menage"),
            "tranche_age": recit.code("composition.tranche_age"),
        },
        "logement": {
            "commune": recit.code("logement.commune"),
            "qpv": True,
            "typologie": recit.code("logement.typologie"),
        },
        "publics": [recit.code("publics")],
    }
    reponse = await recit.terrain.poster(recit.roles.agent, "dossiers", "/v1/dossiers/reperer", corps)
    assert reponse.status_code == 201, reponse.text
    recit.jouees.append(Jouee(recit.roles.agent, "dossiers", "/v1/dossiers", "reperer", corps))
    recit.dossier = reponse.json()["id"]
    diagnostic = {"motifs": [recit.code("diagnostic.motifs")], "constat": recit.m("diagnostic.constat")}
    await recit.fait(recit.roles.agent, "poser-diagnostic", diagnostic)
    await recit.fait(recit.roles.agent, "tenir-rencontre", {"support": "visite_domicile"})
    accord = {"finalite": "transmission", "support": "rendez_vous_bureau"}
    await recit.fait(recit.roles.agent, "recueillir-consentement", accord)


async def orienter(recit: Recit, fois: int) -> None:
    """Asked of the association, with a text of its own each time."""
    corps = {
        "association": recit.association,
        "dispositif": recit.dispositif,
        "convention": recit.convention,
        "motifs": [recit.code("orientation.motifs")],
        "expose": recit.m(f"expose.{fois}"),
    }
    await recit.fait(recit.roles.agent, "orienter", corps)


def _refus(recit: Recit, auteur: str, motif: str) -> dict[str, str]:
    return {"auteur": auteur, "etape": "rencontre", "motif": motif, "precision": recit.m(f"refus.{auteur}.precision")}


async def accompagner(recit: Recit) -> None:
    """From the acceptance to the second review, whose summary the household agreed to share."""
    r, m = recit.roles, recit.m
    referent = recit.terrain.membres[r.referent]
    await _connu(recit)
    await recit.fait(r.coordinateur, "designer-referent", {"referent": referent})
    await recit.fait(r.referent, "tenir-rencontre", {"support": "visite_domicile"})
    await recit.fait(r.referent, "recueillir-adhesion", {"support": "visite_domicile"})
    besoin = {"theme": recit.code("entretien.theme"), "score": 2, "precision": m("entretien.besoin")}
    entretien = {"besoins": [besoin], "synthese": m("entretien.synthese"), "support": "rendez_vous_bureau"}
    await recit.fait(r.referent, "tenir-entretien-initial", entretien)
    await _signer(recit)
    for niveau, auteur, nom in (
        ("equipe", r.referent, "equipe"),
        ("referent", r.referent, "referent"),
        ("referent", r.coordinateur, "coordinateur"),
    ):
        note = {
            "note": str(uuid4()),
            "niveau": niveau,
            "theme": recit.code(f"note.{nom}.theme"),
            "texte": m(f"note.{nom}"),
        }
        await recit.fait(auteur, "deposer-note", note)
    await reevaluer(recit, 1)
    accord = {"finalite": "partage_synthese", "support": "rendez_vous_bureau"}
    await recit.fait(r.referent, "recueillir-consentement", accord)
    await reevaluer(recit, 2)


async def _connu(recit: Recit) -> None:
    """The référent's own access must have reached dossiers before they can be designated."""

    async def entre() -> bool:
        return (await recit.terrain.lire(recit.roles.referent, "dossiers", "/v1/moi")).status_code == 200

    await jusqu_a(entre, recit.roles.referent)


async def _signer(recit: Recit) -> None:
    contrat, objectif = str(uuid4()), str(uuid4())
    recit.marques |= {"contrat.id": contrat, "objectif.id": objectif}
    parties = ("menage", "association", "bailleur")
    corps = {
        "contrat": contrat,
        "debut": recit.le.isoformat(),
        "fin": "2026-12-31",
        "objectifs": [
            {"objectif": objectif, "theme": recit.code("objectif.theme"), "intitule": recit.m("objectif.intitule")}
        ],
        "engagements": [{"partie": partie, "texte": recit.m(f"engagement.{partie}")} for partie in parties],
        "calendrier": [(recit.le + timedelta(days=60)).isoformat()],
    }
    await recit.fait(recit.roles.referent, "preparer-contrat", corps)
    for partie in parties:
        sujet = recit.roles.agent if partie == "bailleur" else recit.roles.referent
        await recit.fait(sujet, "signer-contrat", {"contrat": contrat, "partie": partie, "moyen": "tablette"})


async def reevaluer(recit: Recit, fois: int) -> httpx.Response:
    corps = {
        "scores": [
            {"theme": recit.code("entretien.theme"), "score": 1 + fois},
            {"theme": recit.code("objectif.theme"), "score": 4},
        ],
        "progressions": [{"objectif": recit.marques["objectif.id"], "avancement": 20 * fois}],
        "synthese": recit.m(f"synthese.{fois}"),
    }
    return await recit.fait(recit.roles.referent, "reevaluer", corps)


async def _laisser_passer(recit: Recit) -> None:
    """Nobody comes to the next review: the clock finds it late, then escalated, then missed. A last one is held."""
    due = await _echeance(recit)
    await recit.attend((due - recit.le).days + 1)
    await recit.fait(recit.roles.horloge, "constater-retard", {"echeance": due.isoformat()})
    await recit.attend(15)
    await recit.fait(recit.roles.horloge, "constater-escalade", {"echeance": due.isoformat()})
    await recit.attend(75)
    await recit.fait(recit.roles.horloge, "constater-manquee", {"echeance": due.isoformat()})
    await reevaluer(recit, 3)


async def _echeance(recit: Recit) -> date:
    await recit.terrain.calme()
    row = await recit.terrain.lire(recit.roles.referent, "dossiers", f"/v1/dossiers/{recit.dossier}")
    return date.fromisoformat(row.json()["prochaine_echeance"])


def corps(recit: Recit) -> dict[str, Any]:
    """A body for each command of each service, by the last part of its address. Those of the story were accepted once."""
    terrain = recit.terrain
    nom = recit.marques["identite.nom"]
    return {
        **{jouee.commande: jouee.corps for jouee in recit.jouees},
        "effacer-donnees": {},
        "recherche": {"q": nom},
        "doublons": {"identite": {"nom": nom, "prenom": "Camille"}},
        "inscrire": {
            "nom": "Organisation de trop",
            "nature": "bailleur",
            "commune": "17300",
            "emetteur": "https://identite.exemple.fr",
        },
        "ouvrir": {"nom": "Dispositif de trop", "publics": ["sans_domicile"], "themes": ["vivre_ensemble"]},
        "proposer": {
            "dispositif": recit.dispositif,
            "bailleur": terrain.organisations["semis"],
            "association": recit.association,
            "places": 3,
            "debut": "2026-02-01",
            "fin": "2026-12-31",
        },
        "inviter-membre": {"nom": "Intrus Exemple"},
        "habiliter-membre": {"membre": terrain.membres[RETIRE], "sujet": "sujet-intrus", "roles": ["agent"]},
        "retirer-membre": {"membre": terrain.membres[RETIRE]},
        "signer": {},
        "activer": {},
        "echoir": {},
        "etablir-plan-de-financement": {
            "annee": 2026,
            "lignes": [{"financeur": terrain.organisations["etat"], "source": "avdl", "montant_centimes": 1}],
        },
        "lire": {},
        "rattraper": {},
    }
