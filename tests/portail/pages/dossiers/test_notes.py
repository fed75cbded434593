"""All the notes one may read."""

from __future__ import annotations

from uuid import uuid4

from tests.portail.conftest import Ouvrir
from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer


async def test_on_y_lit_toutes_ses_notes_et_on_en_ecrit_une(
    menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, s, coordination = navigateur, await menage("Exemple-Toutes-Notes", "acceptee"), ouvrir()
    for rang in range(5):
        note = {"note": str(uuid4()), "niveau": "equipe" if rang else "referent", "texte": f"Note numéro {rang}."}
        await s.faire(REFERENT, "deposer-note", note)
    await ouvrir_fiche(n, s)
    await n.suivre("lire les 5 notes")
    assert all(f"Note numéro {rang}." in n.page.texte for rang in range(5))
    assert n.page.lien("Écrire une note") == f"{s.adresse}/note"
    await coordination.se_connecter(COORDINATEUR, f"{s.adresse}/notes")
    assert "Note numéro 4." in coordination.page.texte
    assert "Note numéro 0." not in coordination.page.html
