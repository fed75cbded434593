"""The household says yes."""

from __future__ import annotations

from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_le_menage_dit_oui(menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Parcours", "acceptee")
    await ouvrir_fiche(n, s)
    await n.suivre("Recueillir l’adhésion")
    await n.envoyer("Enregistrer l’adhésion")
    assert "Dites comment le ménage l’a exprimé." in n.page.texte
    await n.envoyer("Enregistrer l’adhésion", support="telephone")
    assert "L’adhésion du ménage est enregistrée." in n.page.texte
    assert n.page.lien("Tenir l’entretien initial") == f"{s.adresse}/entretien"
