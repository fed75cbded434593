"""The conventions of an organisation."""

from __future__ import annotations

import pytest

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    plat,
)
from tests.portail.navigateur import Navigateur


@pytest.mark.parametrize("sujet", ["semis.agent", "tremplin17.coordinateur", "etat.analyste"])
async def test_chaque_partie_et_le_financeur_lisent_la_convention(
    lieu: Lieu, navigateur: Navigateur, sujet: str
) -> None:
    n = navigateur
    await n.se_connecter(sujet, "/conventions")
    assert "En vigueur" in n.page.texte
    await n.suivre("Insertion semis")
    texte = plat(n.page.texte)
    assert "semis et tremplin17" in texte
    assert "du 5 janvier 2026 au 31 décembre 2026" in texte
    assert "sous 15 jours" in texte
    assert "État, AVDL 7 000 €" in texte
    assert "Total 47 000 €" in texte
    assert ("libres sur 30" in texte) == (sujet != "etat.analyste")  # places taken are the parties' business
    assert "Signer" not in texte
