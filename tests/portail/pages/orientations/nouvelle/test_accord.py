"""Orienting a household: its agreement."""

from __future__ import annotations

from tests.portail.gestes import (
    MENAGE,
)
from tests.portail.navigateur import Navigateur


async def test_sans_accord_rien_ne_part(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", **{**MENAGE, "nom": "Exemple-Sans-Accord"})
    await n.envoyer("Continuer", motifs=["impayes"], constat="Un constat.")
    await n.envoyer("Continuer", accord="non")
    assert n.page.statut == 422
    assert "Sans l’accord du ménage" in n.page.texte
    await n.aller(n.page.chemin.replace("/accord", "/verifier"))
    assert not [b for f in n.page.forms for b in f.boutons if "Envoyer" in b[0]]
