"""Taking back an orientation."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    orienter,
)
from tests.portail.navigateur import Navigateur


async def test_une_orientation_se_retire(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await orienter(n, prenom="Lou", nom="Exemple-Retrait")
    await n.suivre("Retirer cette orientation")
    await n.envoyer("Retirer l’orientation")
    assert n.page.statut == 422
    assert "Choisissez un motif." in n.page.texte
    await n.envoyer("Retirer l’orientation", motif="erreur")
    assert "L’orientation est retirée." in n.page.texte
    await n.suivre("Orienter ce ménage")
    assert n.page.chemin.endswith("/motif")
    form, _ = n.page.form("Continuer")
    assert form.valeur("constat") == ["Deux mois d’impayés."]


async def test_une_modification_entre_temps_se_voit_avant_d_etre_recouverte(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Conflit")
    await n.suivre("Retirer cette orientation")
    etude = await lieu.monde.poster("tremplin17.coordinateur", f"/v1{dossier}/mettre-a-l-etude")
    assert etude.status_code == 200, etude.text
    await n.envoyer("Retirer l’orientation")
    assert "Choisissez un motif." in n.page.texte
    await n.envoyer("Retirer l’orientation", motif="erreur")  # the version first seen is still the one that is sent
    assert n.page.statut == 422
    assert "Quelqu’un a modifié ce dossier" in n.page.texte
    assert "À l’étude" in n.page.texte
    assert n.page.form("Retirer")[0].valeur("motif") == ["erreur"]
    await n.envoyer("Retirer l’orientation")
    assert "L’orientation est retirée." in n.page.texte
