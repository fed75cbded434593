"""What a measurement is, how runs become one figure, and how figures become the table and the file people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table


class Cible(Struct, frozen=True):
    """What must be reached: the ratio to the peer, or our own figure, at least or at most `valeur`."""

    valeur: float
    sur: Literal["ratio", "nous"] = "ratio"
    sens: Literal["au moins", "au plus"] = "au moins"

    def tenue(self, ours: float, ratio: float | None) -> bool:
        """A ratio that could not be taken is not held."""
        value = ours if self.sur == "nous" else ratio
        if value is None:
            return False
        return value >= self.valeur if self.sens == "au moins" else value <= self.valeur


class Mesure(Struct, frozen=True):
    """One line of the table and of build/bench.json. `ours` and `peer` are medians, in `unit`; `ratio` is ours / peer.

    `target` bounds `ratio` or `ours` (`target_on`), from below or from above (`target_is`). `runs` and `peer_runs` are
    what the medians were taken from; `details` are further figures that help to read them.
    """

    measure: str
    ours: float
    peer: float | None
    ratio: float | None
    target: float
    holds: bool
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
            measure, _rond(mine), _arrondi(theirs), _arrondi(ratio), cible.valeur, cible.tenue(mine, ratio), unit,
            against, cible.sur, cible.sens, [_rond(r) for r in ours], [_rond(r) for r in peer], dict(details or {}),
        )
        for cible in cibles
    ]  # fmt: skip


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


def afficher(mesures: Sequence[Mesure], contexte: Mapping[str, object], console: Console) -> None:
    """The table, in French, for a terminal or a log."""
    table = Table(title="Ce que Maillage doit tenir", title_justify="left")
    table.add_column("mesure")
    table.add_column("Maillage", justify="right")
    table.add_column("en face", justify="right")
    table.add_column("rapport", justify="right")
    table.add_column("attendu", justify="right")
    table.add_column("tenu", justify="center")
    table.add_column("en face de quoi")
    for m in mesures:
        verdict = "[green]oui[/green]" if m.holds else "[bold red]non[/bold red]"
        table.add_row(
            m.measure, f"{_nombre(m.ours)} {m.unit}", _nombre(m.peer), f"{_nombre(m.ratio)} ×" if m.ratio else "",
            _attendu(m), verdict, m.against,
        )  # fmt: skip
    console.print(table)
    for m in mesures:
        if m.details:
            said = ", ".join(f"{k} {_nombre(v) if isinstance(v, float | int) else v}" for k, v in m.details.items())
            console.print(f"[dim]{m.measure} : {said}[/dim]", highlight=False)
    console.print("[dim]" + ", ".join(f"{k} : {v}" for k, v in contexte.items()) + "[/dim]", highlight=False)


def _attendu(m: Mesure) -> str:
    sign = "≥" if m.target_is == "au moins" else "≤"
    return f"{sign} {_nombre(m.target)} {'×' if m.target_on == 'ratio' else m.unit}"


def _nombre(value: float | None) -> str:
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.3g}"
    return text.replace(",", "\u202f").replace(".", ",")
