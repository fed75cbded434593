"""A coordinator's day in the pages: answer what landlords ask, and say who follows each household."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from jeu import dossiers as g
from jeu.gens import camille
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur
from tests.portail.voisinage import proposee, voisins

ICI = "/orientations-a-traiter"


async def adresser(
    lieu: Lieu, nom: str, bailleur: str = "semis", association: str = "tremplin17", convention: str | None = None
) -> str:
    """A household oriented through the API; answers its id, once the landlord's view has it."""
    agent, geste = (
        f"{bailleur}.agent",
        g.reperer(uuid4(), camille(nom, naissance="1990-02-28"), publics=["sans_domicile"]),
    )
    dossier: str = (await lieu.monde.faire(agent, geste))["id"]
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


@pytest.mark.parametrize(
    ("bouton", "devient", "dit"),
    [
        ("Accepter", "acceptee", "L’orientation est acceptée"),
        ("Mettre à l’étude", "a_l_etude", "La demande est à l’étude"),
    ],
)
async def test_on_repond_depuis_la_liste_en_reseauclics(
    lieu: Lieu, navigateur: Navigateur, bouton: str, devient: str, dit: str
) -> None:
    n, nom = navigateur, f"Exemple-{devient}"
    dossier = await adresser(lieu, nom)
    await n.se_connecter("tremplin17.coordinateur")
    assert n.page.chemin == ICI
    assert "Impayés" in n.page.texte
    assert "places libres sur 30" in n.page.texte
    await repondre(n, bouton, nom)
    assert n.clics <= 2
    assert dit in n.page.texte
    assert await etape(lieu, dossier) == devient
    reste = f"Accepter : Camille {nom}" in n.page.texte
    assert reste == (devient == "a_l_etude")  # and what was just answered does not linger
    assert f"Mettre à l’étude : Camille {nom}" not in n.page.texte  # nor is the delay offered twice


async def test_un_refus_demande_un_motif_et_reseauclics(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Refus")
    await n.se_connecter("tremplin17.coordinateur")
    await n.suivre("Refuser : Camille Exemple-Refus")
    refuser = n.page.chemin
    await n.envoyer("Envoyer le refus", motif="hors_territoire")
    assert n.clics <= 2
    assert "Le refus est envoyé" in n.page.texte
    assert "Exemple-Refus" not in n.page.texte
    vu = (await lieu.monde.lire("semis.agent", f"/v1/dossiers/{dossier}")).json()
    assert vu["refus"] == {"auteur": "association", "etape": "proposition", "motif": "hors_territoire", "precision": ""}
    assert (await n.aller(refuser)).chemin == f"/dossiers/{dossier}"  # back: there is nothing to refuse any more


async def test_autre_motif_se_precise(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await adresser(lieu, "Exemple-Autre")
    await n.se_connecter("tremplin17.coordinateur")
    await n.suivre("Refuser : Camille Exemple-Autre")
    await n.envoyer("Envoyer le refus")
    assert "Choisissez un motif." in n.page.texte
    await n.envoyer("Envoyer le refus", motif="autre")
    assert n.page.statut == 422
    assert "Précisez le motif." in n.page.texte
    await n.envoyer("Envoyer le refus", motif="autre", precision="Déjà rencontré.")
    assert "Le refus est envoyé" in n.page.texte


async def test_un_refus_commence_se_retrouve_et_survit_a_une_session_perdue(
    lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, collegue = navigateur, ouvrir()
    await adresser(lieu, "Exemple-Interrompu")
    await n.se_connecter("tremplin17.coordinateur")
    await n.suivre("Refuser : Camille Exemple-Interrompu")
    await n.envoyer("Enregistrer et reprendre plus tard", motif="autre", precision="Déjà suivi ai")
    await collegue.se_connecter("tremplin17.referent", ICI)
    assert "Refuser : Camille Exemple-Interrompu" in [t for t, _ in collegue.page.liens]  # a draft is its writer's
    await n.suivre("Reprendre le refus : Camille Exemple-Interrompu")
    assert n.page.form("Envoyer le refus")[0].valeur("precision") == ["Déjà suivi ai"]
    sessions = lieu.app.state.moyens.sessions
    avant = sessions.maintenant
    sessions.maintenant = lambda: datetime.now(UTC) + timedelta(hours=1)
    try:
        await n.envoyer("Envoyer le refus", precision="Déjà suivi ailleurs.")
        assert n.page.chemin == "/connexion"
    finally:
        sessions.maintenant = avant
    await n.se_connecter("tremplin17.coordinateur")
    await n.suivre("Reprendre le refus : Camille Exemple-Interrompu")
    assert n.page.form("Envoyer le refus")[0].valeur("precision") == ["Déjà suivi ailleurs."]
    await n.envoyer("Envoyer le refus")
    assert "Le refus est envoyé" in n.page.texte


async def test_la_fiche_montre_ce_qui_est_transmis_et_rien_du_constat(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Fiche")
    await n.se_connecter("tremplin17.coordinateur")
    assert "Ce que demande" not in n.page.html  # a free text is read on the sheet, which the journal of readings tells
    await n.suivre("Camille Exemple-Fiche")
    assert "Ce que demande Exemple-Fiche." in n.page.texte
    assert "Saintes (17)" in n.page.texte
    await n.envoyer("Accepter")
    assert n.clics == 2
    assert await etape(lieu, dossier) == "acceptee"


async def test_reseaureponses_a_la_fois_ne_font_qu_une_acceptation(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Deux-Fois")
    await n.se_connecter("tremplin17.coordinateur")
    form, bouton = n.page.form("Accepter : Camille Exemple-Deux-Fois")
    assert bouton
    un = await n.poster(f"{ICI}/{dossier}", [*form.donnees({}), bouton])
    deux = await n.poster(f"{ICI}/{dossier}", [*form.donnees({}), bouton])
    assert un.statut == deux.statut == 200
    etude = await n.poster(f"{ICI}/{dossier}", [*form.donnees({}), ("reponse", "etude")])
    assert etude.statut == 422
    assert "Camille Exemple-Deux-Fois : L’association a déjà accepté" in etude.texte


async def test_une_orientation_retiree_entre_temps_se_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Retiree")
    await n.se_connecter("tremplin17.coordinateur")
    await faire(lieu, "semis.agent", dossier, "retirer-orientation", {"motif": "erreur"})
    await repondre(n, "Accepter", "Exemple-Retiree")
    assert n.page.statut == 422
    assert "Cette orientation a été retirée" in n.page.texte


async def test_la_derniere_place_partie_entre_temps_se_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    await voisins(lieu, "place")
    convention = await proposee(lieu, "place", 1, signee=True)
    reseau = ("place-bailleur", "place-association", convention)
    await adresser(lieu, "Exemple-Place-Un", *reseau)
    deux = await adresser(lieu, "Exemple-Place-Deux", *reseau)
    n = navigateur
    await n.se_connecter("place-association.coordinateur")
    assert "1 place libre sur 1" in n.page.texte.replace("\xa0", " ")
    await faire(lieu, "place-association.coordinateur", deux, "accepter-orientation")
    await repondre(n, "Accepter", "Exemple-Place-Un")
    assert n.page.statut == 422
    assert "Camille Exemple-Place-Un : Toutes les places de la convention sont prises (1)" in n.page.texte
    assert "toutes les places sont prises (1)" in n.page.texte


# Who follows whom


async def referente(lieu: Lieu, sujet: str) -> str:
    """One more référent of Tremplin 17, whom dossiers knows."""
    chez = lieu.reseau.organisations["tremplin17"]
    membre = await lieu.reseau.habiliter("tremplin17.coordinateur", chez, sujet, "referent")
    await lieu.monde.attendre(sujet, "/v1/moi")
    return membre


async def test_la_charge_confie_et_ses_nombres_ouvrent_leur_liste(lieu: Lieu, navigateur: Navigateur) -> None:
    n, membre = navigateur, await referente(lieu, "tremplin17.referente")
    dossier = await adresser(lieu, "Exemple-A-Confier")
    await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
    await n.se_connecter("tremplin17.coordinateur")
    await n.suivre("Choisir qui l")
    await n.envoyer("Confier")
    assert "Choisissez un référent" in n.page.texte
    await n.envoyer("Confier", **{f"referent-{dossier}": membre})
    assert "C’est fait" in n.page.texte
    assert f"referent-{dossier}" not in n.page.html
    vu = (await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")).json()
    assert vu["referent"] == membre
    assert f"/a-faire?referent={membre}" in [href for _, href in n.page.liens]


async def test_un_referent_parti_se_remplace_d_un_coup(lieu: Lieu, navigateur: Navigateur) -> None:
    n, parti = navigateur, await referente(lieu, "tremplin17.partante")
    dossiers = [await adresser(lieu, f"Exemple-Depart-{i}") for i in range(2)]
    for dossier in dossiers:
        await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
        await faire(lieu, "tremplin17.coordinateur", dossier, "designer-referent", {"referent": parti})
    chez = lieu.reseau.organisations["tremplin17"]
    await lieu.reseau.faire("tremplin17.coordinateur", f"organisations/{chez}/retirer-membre", {"membre": parti})
    await lieu.monde.attendre("tremplin17.partante", "/v1/moi", 401)
    await n.se_connecter("tremplin17.coordinateur", "/charge")
    assert "n’est plus référent" in n.page.texte
    await n.suivre("Confier ses dossiers : Secrète tremplin17.partante")
    nouveau = lieu.reseau.membres["tremplin17.referent"]
    await n.envoyer("Confier", referent=nouveau)
    assert "C’est fait" in n.page.texte
    assert "partante" not in n.page.texte
    for dossier in dossiers:
        vu = (await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")).json()
        assert vu["referent"] == nouveau


async def test_un_menage_change_de_referent_depuis_sa_fiche(lieu: Lieu, navigateur: Navigateur) -> None:
    n, membre = navigateur, await referente(lieu, "tremplin17.suivante")
    dossier = await adresser(lieu, "Exemple-Relais")
    await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
    await n.se_connecter("tremplin17.coordinateur", f"/dossiers/{dossier}/referent")
    await n.envoyer("Confier ce ménage")
    assert "Choisissez qui suit ce ménage." in n.page.texte
    await n.envoyer("Confier ce ménage", referent=lieu.reseau.membres["semis.agent"])
    assert "Cette personne ne suit pas de ménages" in n.page.texte
    await n.envoyer("Confier ce ménage", referent=membre)
    vu = (await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")).json()
    assert vu["referent"] == membre


async def test_ces_pages_n_existent_que_pour_qui_repond(lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    dossier = await adresser(lieu, "Exemple-Frontiere")
    pages = [ICI, f"{ICI}/{dossier}", f"{ICI}/{dossier}/refuser", "/charge", f"/dossiers/{dossier}/referent"]
    for sujet, siennes in (
        ("semis.agent", 0),
        ("etat.analyste", 0),
        ("autre-association.coordinateur", 2),  # its own lists, where this household is not
        ("tremplin17.referent", 3),  # a référent may answer, and does not say who follows whom
    ):
        n = ouvrir()
        await n.se_connecter(sujet)
        statuts = [(await n.aller(page)).statut for page in pages]
        assert statuts.count(200) == siennes, (sujet, statuts)
        assert "Exemple-Frontiere" not in n.page.html or sujet == "tremplin17.referent"
