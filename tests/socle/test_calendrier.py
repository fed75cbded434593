"""Paris civil dates: clock changes, month ends, 29 February, Sundays and public holidays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.socle.base.calendar import (
    ajouter_mois,
    date_paris,
    echeances,
    ferie,
    jour_ouvre,
    prochaine_echeance,
)

jours = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def le(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("jour", "ouvre"),
    [
        ("2026-01-05", "2026-01-05"),  # lundi
        ("2026-01-10", "2026-01-10"),  # samedi : permis
        ("2026-01-11", "2026-01-12"),  # dimanche
        ("2026-01-01", "2026-01-02"),  # jour de l'an, un jeudi
        ("2026-04-05", "2026-04-07"),  # dimanche de Pâques, puis lundi de Pâques
        ("2027-03-28", "2027-03-30"),
        ("2026-05-01", "2026-05-02"),  # fête du Travail, un vendredi : samedi
        ("2027-05-01", "2027-05-03"),  # un samedi férié, puis dimanche
        ("2026-05-14", "2026-05-15"),  # Ascension
        ("2026-05-25", "2026-05-26"),  # lundi de Pentecôte
        ("2026-07-14", "2026-07-15"),
        ("2026-08-15", "2026-08-17"),  # samedi de l'Assomption, puis dimanche
        ("2026-11-01", "2026-11-02"),
        ("2026-11-11", "2026-11-12"),
        ("2026-12-25", "2026-12-26"),
        ("2023-12-31", "2024-01-02"),  # un dimanche de Saint-Sylvestre, puis le jour de l'an
        ("2026-12-31", "2026-12-31"),
        ("2026-12-26", "2026-12-26"),  # férié en Alsace-Moselle seulement
        ("2026-04-03", "2026-04-03"),  # vendredi saint, de même
    ],
)
def test_le_jour_ouvre(jour: str, ouvre: str) -> None:
    assert jour_ouvre(le(jour)) == le(ouvre)


@given(jours)
def test_un_jour_ouvre_n_est_ni_dimanche_ni_ferie(jour: date) -> None:
    ouvre = jour_ouvre(jour)
    assert ouvre.weekday() != 6
    assert not ferie(ouvre)
    assert jour <= ouvre <= jour + timedelta(days=3)
    assert jour_ouvre(ouvre) == ouvre
    assert all(d.weekday() == 6 or ferie(d) for d in (jour + timedelta(days=n) for n in range((ouvre - jour).days)))


@pytest.mark.parametrize(
    ("jour", "mois", "attendu"),
    [
        ("2025-12-31", 2, "2026-02-28"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-10-15", 3, "2027-01-15"),
        ("2026-12-01", 0, "2026-12-01"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -13, "2024-12-15"),
        ("2100-01-29", 1, "2100-02-28"),  # 2100 is no leap year
    ],
)
def test_ajouter_des_mois(jour: str, mois: int, attendu: str) -> None:
    assert ajouter_mois(le(jour), mois) == le(attendu)


@given(jours, st.integers(0, 240))
def test_ajouter_des_mois_garde_le_jour_ou_prend_la_fin_du_mois(jour: date, n: int) -> None:
    plus = ajouter_mois(jour, n)
    assert (plus.year * 12 + plus.month) - (jour.year * 12 + jour.month) == n
    assert plus.day == jour.day or (plus.day < jour.day and (plus + timedelta(days=1)).day == 1)


@given(jours, jours, st.integers(0, 60))
def test_ajouter_des_mois_garde_l_ordre(a: date, b: date, n: int) -> None:
    first, last = sorted((a, b))
    assert ajouter_mois(first, n) <= ajouter_mois(last, n)


def test_le_calendrier_d_un_contrat_d_un_an() -> None:
    assert echeances(le("2025-12-31"), le("2026-12-31"), 2) == [
        le("2026-02-28"),
        le("2026-04-30"),
        le("2026-06-30"),
        le("2026-08-31"),
        le("2026-10-31"),
        le("2026-12-31"),
    ]


def test_les_echeances_ne_derivent_pas() -> None:
    """Counted from one another, 31 August would follow 28 February as the 28th, and Easter Monday would stay a Tuesday."""
    assert echeances(le("2026-02-06"), le("2027-02-05"), 2) == [
        le("2026-04-07"),  # 6 April is Easter Monday
        le("2026-06-06"),
        le("2026-08-06"),
        le("2026-10-06"),
        le("2026-12-07"),  # a Sunday
    ]


def test_une_echeance_reportee_apres_la_fin_n_est_plus_due() -> None:
    assert (
        echeances(le("2026-03-01"), le("2026-11-01"), 8) == []
    )  # All Saints' Day, a Sunday: the contract is over on Monday
    assert echeances(le("2026-03-01"), le("2026-11-02"), 8) == [le("2026-11-02")]
    assert echeances(le("2026-03-01"), le("2026-03-31"), 2) == []
    with pytest.raises(ValueError, match="periodicite_mois"):
        echeances(le("2026-03-01"), le("2026-03-31"), 0)


@given(jours, st.integers(0, 1200), st.integers(1, 12))
def test_les_echeances_sont_croissantes_et_dans_le_contrat(debut: date, duree: int, periodicite: int) -> None:
    fin = debut + timedelta(days=duree)
    dues = echeances(debut, fin, periodicite)
    assert dues == sorted(set(dues))
    assert all(debut < due <= fin and jour_ouvre(due) == due for due in dues)
    for n, due in enumerate(dues, 1):
        assert due == prochaine_echeance(debut, n * periodicite)
    assert prochaine_echeance(debut, (len(dues) + 1) * periodicite) > fin


@pytest.mark.parametrize(
    ("instant", "jour"),
    [
        ("2026-01-04T22:59:59+00:00", "2026-01-04"),
        ("2026-01-04T23:00:00+00:00", "2026-01-05"),  # winter: one hour ahead
        ("2026-07-04T21:59:59+00:00", "2026-07-04"),
        ("2026-07-04T22:00:00+00:00", "2026-07-05"),  # summer: two
        ("2026-12-31T23:30:00+00:00", "2027-01-01"),
        ("2026-01-05T00:30:00+14:00", "2026-01-04"),
    ],
)
def test_la_date_a_paris(instant: str, jour: str) -> None:
    assert date_paris(datetime.fromisoformat(instant)) == le(jour)


def test_un_instant_sans_fuseau_est_refuse() -> None:
    with pytest.raises(ValueError, match="time zone"):
        date_paris(datetime(2026, 1, 5))  # noqa: DTZ001 - the very mistake
