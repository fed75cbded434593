"""What a measurement is, and how runs become one figure. How figures are shown is tableau.py's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec
from msgspec import Struct


class Cible(Struct, frozen=True):
    """What must be reached: the ratio to the peer, or our own figure, at least or at most `valeur`.

    `porte` is False for what is aimed at only: an absolute time, which says nothing of a slower machine, or a ratio that
    nobody has reached yet. The table shows it; the bench holds without it.
    """

    valeur: float
    sur: Literal["ratio", "nous"] = "ratio"
    sens: Literal["au moins", "au plus"] = "au moins"
    porte: bool = True

    def tenue(self, ours: float, ratio: float | None) -> bool:
        """A ratio that could not be taken is not held."""
        value = ours if self.sur == "nous" else ratio
        if value is None:
            return False
        return value >= self.valeur if self.sens == "au moins" else value <= self.valeur


class Mesure(Struct, frozen=True):
    """One line of the table and of build/bench.json. `ours` and `peer` are medians, in `unit`; `ratio` is ours / peer.

    `target` bounds `ratio` or `ours` (`target_on`), from below or from above (`target_is`); `gate` says whether missing it
    is a fault. `against` is what the peer is, or without one what was measured. `runs` and `peer_runs` are what the medians
    were taken from; `details` are further figures that help to read them.
    """

    measure: str
    ours: float
    peer: float | None
    ratio: float | None
    target: float
    holds: bool
    gate: bool
    unit: str
    against: str
    target_on: str
    target_is: str
    runs: list[float]
    peer_runs: list[float]
    details: dict[str, float | str]


def comparer(
    measure: str,
    unit: str,
    ours: Sequence[float],
    against: str,
    peer: Sequence[float],
    *cibles: Cible,
    details: Mapping[str, float | str] | None = None,
) -> list[Mesure]:
    """One line per target, of the runs `ours` beside the runs `peer` (none: there is nothing to compare with)."""
    mine = median(ours)
    theirs = median(peer) if peer else None
    ratio = mine / theirs if theirs else None
    return [
        Mesure(
            measure, _rond(mine), _arrondi(theirs), _arrondi(ratio), cible.valeur, cible.tenue(mine, ratio), cible.porte,
            unit, against, cible.sur, cible.sens, [_rond(r) for r in ours], [_rond(r) for r in peer], dict(details or {}),
        )
        for cible in cibles
    ]  # fmt: skip


def manquees(mesures: Sequence[Mesure]) -> list[Mesure]:
    """The gates that are not held."""
    return [m for m in mesures if m.gate and not m.holds]


def _rond(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")


def _arrondi(value: float | None) -> float | None:
    return None if value is None else _rond(value)


def centile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of `values` lie. Raises IndexError when there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def ecrire(mesures: Sequence[Mesure], contexte: Mapping[str, object], sortie: Path) -> None:
    """`sortie` gets the list of measures; beside it, `…-contexte.json` gets what they were taken on."""
    sortie.parent.mkdir(parents=True, exist_ok=True)
    sortie.write_bytes(msgspec.json.format(msgspec.json.encode(mesures), indent=2) + b"\n")
    beside = sortie.with_name(f"{sortie.stem}-contexte.json")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(contexte), indent=2) + b"\n")
