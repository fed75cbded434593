"""A batch of facts on its way into the views: folded in memory, each row then written once.

The projector and the rebuild share it. It decides nothing about delivery (order, duplicates, gaps): it is given facts in
the order of their streams, applies them, and writes what changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from sqlalchemy import Table

from services.socle.base.database import Connection
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Journal, Row, View, classes

Piece: TypeAlias = tuple[str, Sequence[Any]]
"""SQL with `{}` where each of its parameters goes, and those: pieces of many views make one statement."""


def joined(pieces: Iterable[Piece]) -> tuple[str, list[Any]]:
    """The pieces, separated by commas, their parameters numbered through; and all of these."""
    texts: list[str] = []
    values: list[Any] = []
    for sql, parameters in pieces:
        texts.append(sql.format(*(f"${n}" for n in range(len(values) + 1, len(values) + len(parameters) + 1))))
        values += parameters
    return ", ".join(texts), values


def named(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces as parts of a WITH."""
    return [(f"e{n} AS ({sql})", values) for n, (sql, values) in enumerate(pieces)]


class Change(Protocol):
    """What one view makes of a batch."""

    def wanted(self, faits: Iterable[Recorded[Any]]) -> Piece | None: ...

    def take(self, found: Sequence[Any]) -> None: ...

    def stage(self, fait: Recorded[Any]) -> Any: ...

    def keep(self, staged: Any) -> None: ...

    async def purge(self, connection: Connection) -> None: ...

    async def written(self) -> Sequence[Piece]: ...


class _Fiche(NamedTuple):
    """The SQL of a Fiche's table: always the same, and made once."""

    key: str
    select: str
    delete: str
    upsert: str


@cache
def _fiche(table: Table, schema: str) -> _Fiche:
    name, columns = f"{schema}.{table.name}", [c.name for c in table.columns]
    key, names = columns[0], ", ".join(columns)
    changed = ", ".join(f"{c} = EXCLUDED.{c}" for c in columns[1:])
    return _Fiche(
        key,
        f"(SELECT array_agg(t) FROM {name} t WHERE t.{key} = ANY({{}}::uuid[]))",
        f"DELETE FROM {name} WHERE {key} = ANY({{}}::uuid[])",
        # The version guard makes folding an event twice harmless, also across the swap that ends a rebuild.
        f"""INSERT INTO {name} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{name}, {{}}::json)
            ON CONFLICT ({key}) DO UPDATE SET {changed} WHERE {table.name}.version < EXCLUDED.version""",
    )


@cache
def _journal(table: Table, schema: str) -> str:
    name, names = f"{schema}.{table.name}", ", ".join(c.name for c in table.columns)
    return f"""INSERT INTO {name} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{name}, {{}}::json)
               ON CONFLICT DO NOTHING"""


class FicheChange:
    """Rows of a Fiche: those the batch touches are loaded, folded, and written back once."""

    def __init__(self, view: Fiche, schema: str = "vues") -> None:
        self._view, self._reads, self._sql = view, classes(view), _fiche(view.table, schema)
        self._key = self._sql.key
        self._rows: dict[UUID, Row | None] = {}
        self._changed: set[UUID] = set()

    def wanted(self, faits: Iterable[Recorded[Any]]) -> Piece | None:
        keys = {self._view.key(f) for f in faits if isinstance(f.event, self._reads)}
        return (self._sql.select, [list(keys)]) if keys else None

    def take(self, found: Sequence[Any]) -> None:
        for record in found:
            self._rows[record[self._key]] = dict(record)

    def stage(self, fait: Recorded[Any]) -> tuple[UUID, Row | None] | None:
        if not isinstance(fait.event, self._reads):
            return None
        key = self._view.key(fait)
        row = self._rows.get(key)
        if row is not None and row["version"] >= fait.version:
            return None
        folded = self._view.fold(row, fait)
        if folded is None:
            return key, None
        return key, {**folded, self._key: key, "stream_id": fait.stream, "version": fait.version}

    def keep(self, staged: tuple[UUID, Row | None] | None) -> None:
        if staged is not None:
            self._rows[staged[0]] = staged[1]
            self._changed.add(staged[0])

    def row(self, key: UUID) -> Row | None:
        """The row of `key` as this batch has it so far."""
        return self._rows.get(key)

    def rows(self) -> list[Row]:
        """The rows to write, for the rebuild."""
        return [row for key in self._changed if (row := self._rows[key]) is not None]

    def forget(self) -> None:
        """Start the next batch of a rebuild, whose streams come whole: nothing is ever loaded."""
        self._rows.clear()
        self._changed.clear()

    async def purge(self, connection: Connection) -> None:
        """Rows that go are among those written."""

    async def written(self) -> Sequence[Piece]:
        rows = await self._finished()
        gone = [key for key in self._changed if self._rows[key] is None]
        return [*([(self._sql.delete, [gone])] if gone else []), *([(self._sql.upsert, [rows])] if rows else [])]

    async def _finished(self) -> Sequence[Row]:
        rows = self.rows()
        if self._view.finish is None or not rows:
            return rows
        if self._view.keys is None:
            raise RuntimeError(f"view {self._view.name} reads what is sealed, and was given no keys")
        return await self._view.finish(self._view.keys, rows)


class JournalChange:
    """Rows of a Journal: added, or purged; never changed."""

    def __init__(self, view: Journal, schema: str = "vues") -> None:
        self._view, self._reads = view, classes(view)
        self._table = f"{schema}.{view.name}"
        self._insert = _journal(view.table, schema)
        self._rows: list[Row] = []
        self._purges: list[tuple[UUID, int, dict[str, Any]]] = []

    def wanted(self, faits: Iterable[Recorded[Any]]) -> Piece | None:
        """Nothing: a journal only grows."""

    def take(self, found: Sequence[Any]) -> None:
        """Nothing was asked for."""

    def stage(self, fait: Recorded[Any]) -> tuple[Recorded[Any], list[Row], dict[str, Any] | None] | None:
        if not isinstance(fait.event, self._reads):
            return None
        rows = [
            {**line, "stream_id": fait.stream, "version": fait.version, "rang": rang}
            for rang, line in enumerate(self._view.lines(fait))
        ]
        purge = self._view.purge(fait)
        return fait, rows, dict(purge) if purge is not None else None

    def keep(self, staged: tuple[Recorded[Any], list[Row], dict[str, Any] | None] | None) -> None:
        if staged is None:
            return
        fait, rows, purge = staged
        if purge is not None:
            self._purges.append((fait.stream, fait.version, purge))
            self._rows = [r for r in self._rows if not _purged(r, fait, purge)]
        self._rows += rows

    def rows(self) -> list[Row]:
        """The rows to write, for the rebuild."""
        return self._rows

    def forget(self) -> None:
        """Start the next batch of a rebuild."""
        self._rows = []
        self._purges = []

    async def purge(self, connection: Connection) -> None:
        for stream, version, columns in self._purges:
            which = "".join(f" AND {name} = ${n}" for n, name in enumerate(columns, 3))
            await connection.execute(
                f"DELETE FROM {self._table} WHERE stream_id = $1 AND version < $2{which}",
                stream,
                version,
                *columns.values(),
            )

    async def written(self) -> Sequence[Piece]:
        return [(self._insert, [self._rows])] if self._rows else []


def _purged(row: Row, fait: Recorded[Any], purge: dict[str, Any]) -> bool:
    return (
        row["stream_id"] == fait.stream
        and row["version"] < fait.version
        and all(row[name] == value for name, value in purge.items())
    )


def change(view: View, schema: str = "vues") -> FicheChange | JournalChange:
    """An empty batch for `view`, to be written into `schema`."""
    return FicheChange(view, schema) if isinstance(view, Fiche) else JournalChange(view, schema)


class Lot:
    """One batch for several views. `apply` takes a fact in all of them or, when one refuses it, in none."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    @staticmethod
    def streams(faits: Iterable[Recorded[Any]]) -> dict[UUID, list[Recorded[Any]]]:
        """The facts by stream, each stream in the order of its versions."""
        by_stream: defaultdict[UUID, list[Recorded[Any]]] = defaultdict(list)
        for fait in faits:
            by_stream[fait.stream].append(fait)
        for facts in by_stream.values():
            facts.sort(key=lambda f: f.version)
        return by_stream

    async def load(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        """The rows of every view that the facts touch, in one round trip."""
        asking = [(one, piece) for one in self._changes if (piece := one.wanted(faits)) is not None]
        if not asking:
            return
        sql, values = joined([piece for _, piece in asking])
        found = await connection.fetchrow(f"SELECT {sql}", *values)
        for (one, _), rows in zip(asking, found or (), strict=True):
            one.take(rows or ())

    def apply(self, fait: Recorded[Any]) -> None:
        """Raises whatever a fold raises, and then nothing of the fact is kept."""
        staged = [one.stage(fait) for one in self._changes]
        for one, change_ in zip(self._changes, staged, strict=True):
            one.keep(change_)

    async def write(self, connection: Connection) -> None:
        """What changed in every view, in one round trip."""
        pieces = await self.written(connection)
        if pieces:
            sql, values = joined(named(pieces))
            await connection.execute(f"WITH {sql} SELECT 1", *values)

    async def written(self, connection: Connection) -> list[Piece]:
        """What writes what changed, for a statement of the caller's; what must go before it is gone already."""
        pieces = [piece for one in self._changes for piece in await one.written()]
        for one in self._changes:
            await one.purge(connection)
        return pieces
