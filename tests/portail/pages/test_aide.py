"""Help, a page per profession."""

from __future__ import annotations

import re

import pytest

from tests.portail.navigateur import Navigateur


@pytest.mark.parametrize(
    ("sujet", "propre", "pas"),
    [
        ("semis.agent", "Orienter un ménage", "Dire qui suit qui"),
        ("tremplin17.referent", "Accompagner un ménage", "Dire qui suit qui"),
        ("tremplin17.coordinateur", "Dire qui suit qui", "Relier vos outils"),
        ("etat.analyste", "Relier vos outils", "Qui a consulté"),
    ],
)
async def test_l_aide_est_celle_de_son_metier_et_ses_liens_menent_quelque_part(
    navigateur: Navigateur, sujet: str, propre: str, pas: str
) -> None:
    n = navigateur
    await n.se_connecter(sujet)
    await n.suivre("Aide")
    aide = n.page
    assert propre in aide.texte
    assert pas not in aide.texte
    internes = {href for _, href in aide.liens if re.fullmatch(r"/[a-z-]+", href)}
    assert len(internes) > 4
    for href in internes - {"/deconnexion"}:
        assert (await n.aller(href)).statut == 200, href
