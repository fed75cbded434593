"""The coded counts: what is counted, and what the one who only pays may not deduce."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dossiers import Composition, Conditions, Event, Identite, Logement, MenageOriente, OrientationExpiree
from services.dossiers.vues import indicateurs
from services.socle.base.recorded import Recorded

U = UUID(int=7)
FEVRIER, MARS = date(2026, 2, 4), date(2026, 3, 4)


def fait(version: int, event: Event) -> Recorded[Event]:
    return Recorded(UUID(int=version), U, version, event, U, U, datetime(2026, 2, 4, tzinfo=UTC), U)


def oriente(le: date) -> MenageOriente:
    return MenageOriente(
        U, U, U, U, U, Identite("n", "p"), Composition(1, 0, "personne_seule", "25-39"), Logement("17415", True),
        ("seniors",), ("vivre_ensemble",), "", Conditions(), le, le,
    )  # fmt: skip


def test_un_menage_reoriente_garde_la_trace_de_l_orientation_expiree() -> None:
    row = None
    for version, event in enumerate((oriente(FEVRIER), OrientationExpiree(FEVRIER, MARS), oriente(MARS)), 1):
        row = indicateurs.fold(row, fait(version, event))  # type: ignore[arg-type]  # events of this view only

    assert row is not None
    assert (row["orientes"], row["expires"]) == (date(2026, 3, 2), date(2026, 3, 2))


def test_les_dates_ne_disent_que_la_semaine() -> None:
    row = indicateurs.fold(None, fait(1, oriente(FEVRIER)))  # type: ignore[arg-type]  # as above

    assert row is not None
    assert row["orientes"] == date(2026, 2, 2)


@pytest.mark.parametrize(
    ("chaine", "publiee"),
    [
        ([40, 35, 33, 32, 29, 7], [40, None, None, None, 29, None]),  # 40 - 35 would say that five were not accepted
        ([40, 29, 29, 0], [40, 29, 29, 0]),
        ([9, 3, 0], [None, None, 0]),
        ([], []),
    ],
)
def test_un_petit_nombre_ne_se_lit_ni_ne_se_deduit(chaine: list[int], publiee: list[int | None]) -> None:
    assert indicateurs.masquer(chaine) == publiee


@given(st.lists(st.integers(0, 200), min_size=1, max_size=8))
def test_aucune_difference_publiee_n_est_petite(nombres: list[int]) -> None:
    publies = [n for n in indicateurs.masquer(sorted(nombres, reverse=True)) if n is not None]

    assert all(n == 0 or n >= 11 for n in publies)
    assert all(a == b or a - b >= 11 for a, b in pairwise(publies))


@given(
    st.lists(st.integers(0, 60), min_size=len(indicateurs.ETAPES), max_size=len(indicateurs.ETAPES)),
    st.lists(st.integers(0, 40), min_size=len(indicateurs.ETAPES) * 3, max_size=len(indicateurs.ETAPES) * 3),
)
def test_les_mois_ne_disent_pas_ce_que_taisent_les_etapes(etapes: list[int], mois: list[int]) -> None:
    exacts = dict(zip(indicateurs.ETAPES, sorted(etapes, reverse=True), strict=True))
    par_mois = {
        etape: [{"mois": m, "nombre": mois[rang * 3 + m]} for m in range(3) if mois[rang * 3 + m]]
        for rang, etape in enumerate(indicateurs.ETAPES)
    }
    vu = indicateurs.presenter(exacts, par_mois, masque=True)

    for etape in indicateurs.ETAPES:
        publie, mensuel = vu["etapes"][etape], vu["par_mois"][etape]
        if mensuel:
            assert all(n >= 11 for n in mensuel.values())
            assert publie is not None
            assert abs(publie - sum(mensuel.values())) not in range(1, 11)


def test_a_qui_fait_le_travail_rien_n_est_tu() -> None:
    vu = indicateurs.presenter({"orientes": 3, "expires": 1}, {"orientes": [{"mois": 2, "nombre": 3}]}, masque=False)

    assert (vu["etapes"]["orientes"], vu["expires"], vu["par_mois"]["orientes"]) == (3, 1, {"2": 3})
    assert (vu["masque"], vu["seuil"]) == (False, None)
