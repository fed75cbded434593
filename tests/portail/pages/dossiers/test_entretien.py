"""The initial interview."""

from __future__ import annotations

from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_l_entretien_note_les_themes_qui_concernent_le_menage(menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Entretien", "adhesion")
    await ouvrir_fiche(n, s)
    await n.suivre("Tenir l’entretien initial")
    await n.envoyer("Enregistrer l’entretien", support="visite_domicile")
    assert "Donnez un score à au moins un thème." in n.page.texte
    await n.envoyer(
        "Enregistrer l’entretien",
        **{"score-logement-hebergement": "2", "precision-logement-hebergement": "Deux loyers.", "score-mobilite": "4"},
        synthese="Garder son logement.",
    )
    assert "L’entretien initial est enregistré." in n.page.texte
    vu = await s.vu()
    assert [(t["theme"], t["score"], t["precision"]) for t in vu["themes"]] == [
        ("logement-hebergement", 2, "Deux loyers."), ("mobilite", 4, ""),
    ]  # fmt: skip
    assert n.page.lien("Préparer le contrat") == f"{s.adresse}/contrat"
