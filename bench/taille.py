"""How much is measured: the whole bench, a quick look, or just enough to see that a measure works."""

from __future__ import annotations

from msgspec import Struct


class Taille(Struct, frozen=True):
    """Each figure is the median of `essais` runs; timed runs last `secondes` after `chauffe` seconds that do not count."""

    essais: int = 3
    secondes: float = 2.5
    chauffe: float = 0.5

    vies: int = 2000
    """Dossiers in the store for the rebuild and the relay, of some twenty facts each."""
    vies_du_pair: int = 200
    """Cases of twenty facts for the peer's runner, which takes its time."""

    debit: float = 200.0
    """Commands a second for the delay."""
    secondes_delai: float = 6.0

    dossiers_http: int = 400
    connexions: int = 32

    petit: int = 1_000
    grand: int = 100_000
    """Dossiers in the two stores whose commands are compared."""

    pannes: int = 6
    """Times the worker is killed."""

    visites: int = 40
    """Times each page is asked for in each run."""


COMPLETE = Taille()
RAPIDE = Taille(
    essais=1, secondes=1.0, chauffe=0.3, vies=500, vies_du_pair=30, secondes_delai=3.0, dossiers_http=100, grand=10_000,
    pannes=2, visites=30,
)  # fmt: skip
MINUSCULE = Taille(
    essais=1, secondes=0.2, chauffe=0.0, vies=20, vies_du_pair=2, debit=20.0, secondes_delai=0.5, dossiers_http=8,
    connexions=4, petit=10, grand=20, pannes=1, visites=3,
)  # fmt: skip
