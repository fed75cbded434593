"""The contract on paper."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    ouvrir_fiche,
    texte,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_le_contrat_s_imprime_et_la_feuille_du_bailleur_tait_les_objectifs(
    lieu: Lieu, menage: Creer, navigateur: Navigateur
) -> None:
    s = await menage("Exemple-Papier", "contrat")
    await ouvrir_fiche(navigateur, s)
    await navigateur.suivre("Voir et imprimer le contrat")
    page = texte(navigateur.page)
    menage_, bailleur = page.split("Feuille du bailleur", 1)
    assert "Payer le loyer courant" in menage_
    assert "Payer le loyer courant" not in bailleur
    assert "Étaler la dette sur six mois" in bailleur
    boites = [a for balise, a in navigateur.page.balises if a.get("class") == "m-signature"]
    assert len(boites) == 3
