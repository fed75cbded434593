"""The front page."""

from __future__ import annotations

import pytest

from tests.portail.navigateur import Navigateur


async def test_qui_n_est_pas_connecte_lit_ce_que_c_est(navigateur: Navigateur) -> None:
    page = await navigateur.aller("/")
    assert (page.statut, page.chemin) == (200, "/")
    assert page.lien("Se connecter") == "/connexion"


@pytest.mark.parametrize(
    ("sujet", "arrive"),
    [
        ("semis.agent", "/orientations"),
        ("tremplin17.coordinateur", "/orientations-a-traiter"),
        ("tremplin17.referent", "/a-faire"),
        ("etat.analyste", "/conventions"),
        ("exploitant", "/etat"),
    ],
)
async def test_chacun_arrive_a_sa_premiere_page(navigateur: Navigateur, sujet: str, arrive: str) -> None:
    await navigateur.se_connecter(sujet)
    assert (await navigateur.aller("/")).chemin == arrive
