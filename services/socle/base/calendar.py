"""Paris civil dates: working days, month arithmetic, due dates. Pure; the current date comes from elsewhere."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays

PARIS = ZoneInfo("Europe/Paris")
_DIMANCHE = 6
# Metropolitan France, without what only Alsace-Moselle or overseas départements keep; years come as they are asked.
_FERIES = holidays.country_holidays("FR")


def ferie(d: date) -> bool:
    """Whether `d` is a public holiday in metropolitan France."""
    return d in _FERIES


def jour_ouvre(d: date) -> date:
    """`d`, or the first day after it that is neither a Sunday nor a public holiday. Saturdays count as working days."""
    while d.weekday() == _DIMANCHE or ferie(d):
        d += timedelta(days=1)
    return d


def ajouter_mois(d: date, n: int) -> date:
    """The same day `n` months later, or the month's last when it has none: 31 December + 2 = 28 or 29 February."""
    annee, mois = divmod(d.year * 12 + d.month - 1 + n, 12)
    return date(annee, mois + 1, min(d.day, monthrange(annee, mois + 1)[1]))


def prochaine_echeance(depuis: date, periodicite_mois: int) -> date:
    """The due date `periodicite_mois` months after `depuis`, moved to a working day."""
    return jour_ouvre(ajouter_mois(depuis, periodicite_mois))


def echeances(debut: date, fin: date, periodicite_mois: int) -> list[date]:
    """Every due date after `debut` up to and including `fin`.

    Each is counted from `debut`, not from the previous one: otherwise a Sunday would push all that follow, and the 31st
    would become the 28th for good after one February.
    """
    if periodicite_mois < 1:
        raise ValueError("periodicite_mois must be at least 1")
    dues: list[date] = []
    while (due := prochaine_echeance(debut, periodicite_mois * (len(dues) + 1))) <= fin:
        dues.append(due)
    return dues


def date_paris(instant: datetime) -> date:
    """The civil date in Paris at `instant` (aware)."""
    if instant.tzinfo is None:
        raise ValueError("an instant carries its time zone")
    return instant.astimezone(PARIS).date()
