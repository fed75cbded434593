"""Due dates worked out the slow way, day by day, to compare with."""

from __future__ import annotations

from datetime import date, timedelta

# The public holidays of 2025 to 2029 that a due date of the tests may meet, from the official calendar.
PAQUES = {
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
}
FIXES = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
MOBILES = (1, 39, 50)
"""Days after Easter: Easter Monday, Ascension, Whit Monday."""


def chome(jour: date) -> bool:
    paques = PAQUES[jour.year]
    mobile = any(jour == paques + timedelta(days=n) for n in MOBILES)
    return jour.strftime("%a") == "Sun" or (jour.month, jour.day) in FIXES or mobile


def echeance(signature: date, mois: int) -> date:
    """The due date `mois` months after the signature."""
    annee, numero = signature.year, signature.month
    for _ in range(mois):
        annee, numero = (annee + 1, 1) if numero == 12 else (annee, numero + 1)
    jour = signature.day
    while True:
        try:
            nominale = date(annee, numero, jour)
            break
        except ValueError:
            jour -= 1
    while chome(nominale):
        nominale += timedelta(days=1)
    return nominale


def grille(signature: date, fin: date, periodicite: int = 2) -> list[date]:
    dues: list[date] = []
    while (due := echeance(signature, periodicite * (len(dues) + 1))) <= fin:
        dues.append(due)
    return dues
