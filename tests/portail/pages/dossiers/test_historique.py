"""Everything that happened, on one page."""

from __future__ import annotations

from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_tout_y_est_du_dernier_au_premier(menage: Creer, navigateur: Navigateur) -> None:
    s = await menage("Exemple-Historique")
    await ouvrir_fiche(navigateur, s)
    page = await navigateur.suivre("Tout l’historique")
    assert page.chemin == f"{s.adresse}/historique"
    dits = (
        "Contrat signé par le bailleur",
        "Contrat préparé",
        "Entretien initial",
        "Adhésion recueillie",
        "Orientation acceptée",
    )
    places = [page.texte.index(dit) for dit in (*dits, "Ménage orienté vers vous")]
    assert places == sorted(places)
