"""Refusing an orientation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    A_TRAITER,
    adresser,
)
from tests.portail.navigateur import Navigateur


async def test_un_refus_demande_un_motif_et_deux_clics(lieu: Lieu, navigateur: Navigateur) -> None:
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
    assert (await n.aller(refuser)).statut == 409  # back: there is nothing to refuse any more
    assert "Cette orientation a été refusée" in n.page.texte
    assert n.page.lien("Voir où en est le dossier") == f"/dossiers/{dossier}"


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
    await collegue.se_connecter("tremplin17.referent", A_TRAITER)
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
