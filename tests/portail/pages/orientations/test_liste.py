"""The landlord's list, and its drafts."""

from __future__ import annotations

from tests.portail.conftest import Ouvrir
from tests.portail.gestes import (
    orienter,
)
from tests.portail.navigateur import Navigateur


async def test_la_liste_compte_ce_que_ses_nombres_ouvrent(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await orienter(n, prenom="Dominique", nom="Exemple-Compte")
    await n.aller("/orientations")
    [attente] = [text for text, _ in n.page.liens if "Réponse attendue" in text]
    combien = int(attente.split()[0])
    await n.suivre("Réponse attendue")
    assert n.page.html.count('scope="row"') == combien > 0


async def test_un_brouillon_se_retrouve_dans_la_liste(navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Enregistrer et reprendre plus tard", prenom="Sacha", nom="Exemple-Brouillon")
    assert "Le brouillon est enregistré" in n.page.texte
    await n.suivre("Sacha Exemple-Brouillon")
    form, _ = n.page.form("Continuer")
    assert form.valeur("prenom") == ["Sacha"]
    brouillon = n.page.chemin
    autre = ouvrir()
    await autre.se_connecter("semis.responsable", brouillon)
    assert "Sacha" not in autre.page.html
    await autre.aller("/orientations")
    assert "Sacha" not in autre.page.html
