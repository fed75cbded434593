"""The household says no."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    ouvrir_fiche,
    texte,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_le_menage_peut_dire_non(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Non", "acceptee")
    await ouvrir_fiche(n, s)
    await n.suivre("Noter un refus")
    await n.envoyer("Enregistrer le refus", motif="autre")
    assert "Avec « Autre », expliquez en quelques mots." in texte(n.page)
    await n.envoyer("Enregistrer le refus", precision="Ne veut pas d’aide.")
    assert "Le refus du ménage est enregistré." in n.page.texte
    assert "Adhésion refusée" in n.page.texte
    assert (await s.vu("semis.agent"))["etape"] == "adhesion_refusee"
