"""Questions to the views, as one person may ask them: row-level security first, personal data opened at the very end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.socle.base.database import Query, Regard, reading, rows
from services.socle.keys.keyring import Trousseau
from services.socle.web.auth import Acteur
from services.socle.web.paging import curseur, lire_curseur

PATIENCE = 2.0
"""Seconds a reader waits for its own write to reach the view, before it gets what there is, marked stale."""


class Fraicheur(Struct, frozen=True):
    """The version of the stream that the view has reached, and whether the caller asked for a later one."""

    version: int
    perime: bool


class Tri(Struct, frozen=True):
    """A column to sort by. Rows without a value come last, whichever the direction."""

    colonne: Any  # a Column of the view's table: SQLAlchemy's own type depends on the column's
    decroissant: bool = False


class Lecture:
    """`engine` connects as role api; `lecteur` names the reader whose positions tell how fresh the views are."""

    def __init__(self, engine: AsyncEngine, trousseau: Trousseau, lecteur: str) -> None:
        self._engine, self._trousseau, self._lecteur = engine, trousseau, lecteur

    async def fraicheur(self, acteur: Acteur, stream: UUID, au_moins: int | None) -> Fraicheur:
        """How far the views are in `stream`, after waiting for `au_moins` for as long as is bearable."""
        deadline = time.monotonic() + PATIENCE
        while True:
            async with reading(self._engine, regard(acteur)) as connection:
                version = await connection.scalar(
                    text("SELECT faits.position(:lecteur, :stream)"), {"lecteur": self._lecteur, "stream": stream}
                )
            version = int(version or 0)
            if version >= (au_moins or 0):
                return Fraicheur(version, perime=False)
            if time.monotonic() > deadline:
                return Fraicheur(version, perime=True)
            await asyncio.sleep(0.005)

    async def une(self, acteur: Acteur, query: Query) -> dict[str, Any] | None:
        """The one row of `query` the caller may see, opened."""
        found = await self.toutes(acteur, query)
        return found[0] if found else None

    async def toutes(self, acteur: Acteur, query: Query) -> list[dict[str, Any]]:
        """All rows of `query` the caller may see, opened; for lists that are short by nature."""
        async with reading(self._engine, regard(acteur)) as connection:
            found = await rows(connection, query)
        return await self._trousseau.ouvrir(found)

    async def page(
        self,
        acteur: Acteur,
        query: Query,
        tri: Sequence[Tri],
        apres: str | None,
        limite: int,
        compte: int | None = None,
    ) -> dict[str, Any]:
        """One page of `query`, sorted by `tri` (whose last column must be unique), and the total within the boundary,
        counted here unless the caller has it: `compte`."""
        after = lire_curseur(apres, tuple[Any, ...])
        if after is not None and len(after) != len(tri):
            after = lire_curseur("!", tuple[Any, ...])
        async with reading(self._engine, regard(acteur)) as connection:
            found = await rows(connection, _sorted(query, tri, after).limit(limite + 1))
            total = compte
            if total is None and after is None and len(found) <= limite:
                total = len(found)  # the first page is the whole list
            if total is None:
                total = await connection.scalar(select(func.count()).select_from(query.subquery()))
        elements = found[:limite]
        suivant = curseur(*(elements[-1][t.colonne.name] for t in tri)) if len(found) > limite else None
        return {"elements": await self._trousseau.ouvrir(elements), "suivant": suivant, "total": total or 0}


def regard(acteur: Acteur) -> Regard:
    """The acting member, as row-level security knows them."""
    return Regard(acteur.organisation, acteur.membre, acteur.roles)


def _sorted(query: Query, tri: Sequence[Tri], after: Sequence[Any] | None) -> Query:
    order = [(t.colonne.desc() if t.decroissant else t.colonne.asc()).nulls_last() for t in tri]
    query = query.order_by(*order)
    return query if after is None else query.where(_beyond(tri, after))


def _beyond(tri: Sequence[Tri], after: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after the sort key `after`: equal in the first columns, further in the next."""
    cases = []
    for n, t in enumerate(tri):
        equal = [_same(x.colonne, v) for x, v in zip(tri[:n], after[:n], strict=True)]
        further = _further(t, after[n])
        if further is not None:
            cases.append(and_(*equal, further))
    return or_(*cases)


def _same(colonne: Any, value: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = colonne.is_(None) if value is None else colonne == _typed(colonne, value)
    return same


def _further(t: Tri, value: Any) -> ColumnElement[bool] | None:
    if value is None:
        return None  # nothing comes after « no value »
    typed = _typed(t.colonne, value)
    further = t.colonne < typed if t.decroissant else t.colonne > typed
    return or_(further, t.colonne.is_(None)) if t.colonne.nullable else further


def _typed(colonne: Any, value: Any) -> Any:
    """A cursor's JSON value in the column's own type. Raises Refus("curseur_invalide")."""
    return lire_curseur(curseur(value), tuple[colonne.type.python_type])[0]  # type: ignore[index]
