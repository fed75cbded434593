"""Erasing what the association knows: whoever answers for the team does it."""

from __future__ import annotations

from tests.portail.conftest import Ouvrir
from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer


async def test_un_dossier_termine_s_efface(menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, s, coordination = navigateur, await menage("Exemple-Efface"), ouvrir()
    fin = {"motif": "objectifs_atteints", "situation": "maintien_logement", "precision": "Loyer à jour."}
    await s.faire(REFERENT, "clore", fin)
    await ouvrir_fiche(n, s)
    assert "Loyer à jour." in n.page.texte
    assert "effacer" not in n.page.texte  # whoever answers for the team does it
    assert (await n.aller(f"{s.adresse}/effacer")).statut == 404
    await s.vu()
    await ouvrir_fiche(coordination, s, COORDINATEUR)
    await coordination.suivre("effacer ce que nous savons")
    await coordination.envoyer("Effacer définitivement")
    assert "Cochez la case pour confirmer" in coordination.page.texte
    await coordination.envoyer("Effacer définitivement", certain="oui")
    assert "Les données de ce ménage sont effacées." in coordination.page.texte
    assert "Exemple-Efface" not in coordination.page.html
    assert "Loyer à jour." not in coordination.page.html
