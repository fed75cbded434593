"""The column `attendu` of a view: who is awaited, for what, until when (chapitres/attente.py), as JSON."""

from __future__ import annotations

from datetime import date
from typing import get_args

import msgspec

from services.dossiers.chapitres import attente
from services.socle.base.columns import simple
from services.socle.views.view import Row

_CHANGENT = tuple(set(get_args(attente.Read)) - set(get_args(attente.Ignored)))


def suivi(row: Row | None, avant: Row | None, event: object) -> Row | None:
    """`row`, as a fold left it after `event`, with what is awaited now; `avant` is the row it began with."""
    if row is None or not isinstance(event, _CHANGENT):
        return row
    connue = msgspec.convert(avant["attendu"], attente.Attente | None) if avant else None
    apres = attente.attendre(connue, event)
    return row | {"attendu": None if apres is None else simple(apres)}


def en_date(avant: str | None) -> date | None:
    """A day of the column, as a column of days holds it."""
    return date.fromisoformat(avant) if avant else None
