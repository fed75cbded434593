"""A page about the pages: read by whoever comes, signed in or not."""

from __future__ import annotations

import pytest

from tests.portail.navigateur import Navigateur


@pytest.mark.parametrize("sujet", [None, "semis.agent", "exploitant"])
async def test_tout_le_monde_la_lit(navigateur: Navigateur, sujet: str | None) -> None:
    await (navigateur.se_connecter(sujet) if sujet else navigateur.aller("/"))
    page = await navigateur.suivre("Vie privée")
    assert (page.statut, page.chemin) == (200, "/vie-privee")
    assert "L’effacement détruit la clé" in page.texte
    assert ("Mes connexions" in page.texte) == bool(sujet)
