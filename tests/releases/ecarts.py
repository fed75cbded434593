"""What an upgrade may not change: what was written, shown or answered must still be there, whatever came beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

Ligne = dict[str, Any]


class Table(Struct, frozen=True):
    """A view as it stood: the columns of its primary key, and its rows as JSON."""

    cle: Sequence[str]
    lignes: Sequence[Ligne]


def perdus(avant: Any, apres: Any, ou: str = "") -> Iterator[str]:
    """Paths of a JSON value that are gone from `apres`, or say something else there. A new member of an object is neither."""
    if isinstance(avant, dict) and isinstance(apres, dict):
        for nom, valeur in avant.items():
            if nom in apres:
                yield from perdus(valeur, apres[nom], f"{ou}.{nom}")
            else:
                yield f"{ou}.{nom} : {_court(valeur)} a disparu"
    elif isinstance(avant, list) and isinstance(apres, list) and len(avant) == len(apres):
        for rang, (un, autre) in enumerate(zip(avant, apres, strict=True)):
            yield from perdus(un, autre, f"{ou}[{rang}]")
    elif avant != apres:
        yield f"{ou} : {_court(avant)} → {_court(apres)}"


def ecarts(nom: str, avant: Table, apres: Table, voulus: Mapping[str, str]) -> Iterator[str]:
    """What a view no longer shows as it did. `voulus`: « view.column » → why a release changed it, for those it meant to.

    A row's `version` may have grown: a view that reads one more kind of fact was folded further.
    """
    avant_par_cle, apres_par_cle = _par_cle(avant, avant.cle), _par_cle(apres, avant.cle)
    for cle in avant_par_cle.keys() ^ apres_par_cle.keys():
        yield f"{nom} {cle} : {'a disparu' if cle in avant_par_cle else 'est de trop'}"
    for cle in avant_par_cle.keys() & apres_par_cle.keys():
        une, autre = avant_par_cle[cle], apres_par_cle[cle]
        if autre.get("version", 0) < une.get("version", 0):
            yield f"{nom} {cle} : version {une['version']} → {autre.get('version')}"
        for colonne in une.keys() - {"version"}:
            if f"{nom}.{colonne}" not in voulus:
                yield from perdus({colonne: une[colonne]}, autre, f"{nom} {cle}")


def _par_cle(table: Table, cle: Sequence[str]) -> dict[tuple[Any, ...], Ligne]:
    return {tuple(ligne.get(colonne) for colonne in cle): ligne for ligne in table.lignes}


def _court(valeur: Any) -> str:
    texte = repr(valeur)
    return texte if len(texte) < 100 else f"{texte[:100]}…"
