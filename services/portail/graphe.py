"""Where the bars of a chart stand: plain numbers for an SVG drawn by a template, so that no style is written inline.

A masked count has no length: its bar fills the whole track, hatched, whatever it hides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

LARGEUR, PISTE, LIGNE = 360, 290, 50
"""Of the lying bars, in the drawing's own units: the whole, the longest bar, the height of a row."""
COLONNE, HAUTEUR, BASE = 30, 84, 104
"""Of the standing bars: from one month to the next, the tallest bar, where they stand."""


class Barre(Struct, frozen=True):
    """`x`, `y`: top left corner. `valeur` is None when masked."""

    libelle: str
    valeur: int | None
    x: float
    y: float
    largeur: float
    hauteur: float


def couchees(lignes: Sequence[tuple[str, int | None]]) -> list[Barre]:
    """One under the other, the longest as long as the track."""
    plus = max((n for _, n in lignes if n is not None), default=0) or 1
    return [
        Barre(libelle, n, 0, rang * LIGNE + 21, PISTE if n is None else round(PISTE * n / plus, 1), 18)
        for rang, (libelle, n) in enumerate(lignes)
    ]


def debout(mois: Mapping[str, int], plus: int) -> list[Barre]:
    """Twelve side by side, on a scale whose tallest stands for `plus`: charts beside each other share it."""
    found = []
    for rang in range(12):
        n = mois.get(str(rang + 1), 0)
        hauteur = round(HAUTEUR * n / max(plus, 1), 1)
        found.append(Barre("JFMAMJJASOND"[rang], n, rang * COLONNE + 4, BASE - hauteur, COLONNE - 8, hauteur))
    return found
