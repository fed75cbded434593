"""A view made anew from the store, beside the live one, then swapped for it: nobody waits, nothing is missed.

First every stream's whole life in one run, up to a fenced watermark: each row is folded from nothing and written once.
Then what came meanwhile, in order, until the new table knows at least what the live one knows. Then, with the reader's
lane held alone for a moment, the tables change places. The live reader may meet facts the new table has already: the
rows' own versions drop them. Side effects (reactions) are never replayed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.socle.codec import Codec
from services.socle.database import Connection
from services.socle.lot import Lot, change
from services.socle.recorded import Recorded
from services.socle.store import Row, by_stream, fence, follow
from services.socle.view import View, classes, ddl

NEW, OLD = "vues_neuves", "vues_anciennes"
PAGE = 5000


class Bilan(Struct, frozen=True):
    """What a rebuild did. `differences`: rows that both tables held at the same version, with another content."""

    vue: str
    faits: int
    secondes: float
    lignes: int
    empreinte: str
    differences: int


Progress = Callable[[int, int, float], None]
"""Told (facts folded, facts in all, seconds so far) after every page."""


def _quiet(_done: int, _total: int, _seconds: float) -> None:
    """Tell nobody."""


class Rebuild:
    """Rebuilds `view` of `service`. `owner` connects as the tables' owner (DDL), `reader` as role suite."""

    def __init__(self, service: str, view: View, codec: Codec[Any], lecteur: str, progress: Progress = _quiet) -> None:
        self._service, self._view, self._codec, self._lecteur, self._progress = service, view, codec, lecteur, progress
        self._reads = {c.__name__ for c in classes(view)}
        self._known: dict[UUID, int] = {}

    async def run(self, owner: Connection, reader: Connection, writer: Connection) -> Bilan:
        """Build, catch up, compare, swap. The live view answers all along; on any error it stays as it is.

        `reader` and `writer` are two connections of role suite: a page is read while the one before is written.
        """
        start = time.perf_counter()
        await create(owner, self._service, self._view, NEW)
        watermark = await fence(reader)
        folded = await self._whole_streams(reader, writer, watermark, start)
        after, more = await self._catch_up(reader, watermark)
        await owner.execute(f"ANALYZE {NEW}.{self._view.name}")
        lines, digest, differences = await self._swap(owner, reader, after)
        return Bilan(self._view.name, folded + more, time.perf_counter() - start, lines, digest, differences)

    async def _whole_streams(
        self,
        reader: Connection,
        writer: Connection,
        until: tuple[str, int],
        start: float,
    ) -> int:
        total = await reader.fetchval(
            "SELECT count(*) FROM faits.events WHERE (txid, pos) <= ($1::text::xid8, $2)", *until
        )
        one, done = change(self._view, NEW), 0
        page = asyncio.create_task(by_stream(reader, (UUID(int=0), 0), until, PAGE))
        while rows := await page:
            rows, after = _complete(rows)
            page = asyncio.create_task(by_stream(reader, after, until, PAGE))
            if rows[0].version > 1:  # a life longer than a page goes on from the row written with the page before
                await one.load(writer, [self._recorded(r) for r in rows if r.type in self._reads])
            for row in rows:
                if row.type in self._reads:
                    # `keep` takes what the same object's `stage` gave.
                    one.keep(one.stage(self._recorded(row)))  # type: ignore[arg-type]
                self._known[row.stream] = row.version
            await one.write(writer)
            one.forget()
            done += len(rows)
            self._progress(done, int(total), time.perf_counter() - start)
        return done

    async def _catch_up(self, reader: Connection, after: tuple[str, int]) -> tuple[tuple[str, int], int]:
        done = 0
        while rows := await follow(reader, after, PAGE):
            await self._tail(reader, rows)
            after, done = (rows[-1].txid, rows[-1].pos), done + len(rows)
        return after, done

    async def _tail(self, reader: Connection, rows: Sequence[Row]) -> None:
        one = change(self._view, NEW)
        lot = Lot([one])
        wanted = [self._recorded(row) for row in rows if row.type in self._reads]
        await lot.load(reader, wanted)
        for fait in wanted:
            lot.apply(fait)
        async with reader.transaction():
            await lot.write(reader)
        self._known.update({row.stream: row.version for row in rows})

    def _recorded(self, row: Row) -> Recorded[Any]:
        event = self._codec.decode(row.type, row.schema_version, row.data)
        return Recorded(
            row.id, row.stream, row.version, event, row.organisation, row.auteur, row.instant, row.correlation
        )

    async def _swap(self, owner: Connection, reader: Connection, after: tuple[str, int]) -> tuple[int, str, int]:
        """The live reader stands still for the time of one last look at the store and two catalogue updates."""
        table = self._view.name
        while True:
            async with owner.transaction():
                await owner.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", self._lecteur)
                after, _ = await self._catch_up(reader, after)
                if await self._behind(reader):
                    continue  # a fact the live view knows is not yet behind the fence: let the lane go and look again
                differences = await self._differences(reader)
                lines, digest = await fingerprint(reader, self._view, NEW)
                await owner.execute(f"ALTER TABLE vues.{table} SET SCHEMA {OLD}")
                await owner.execute(f"ALTER TABLE {NEW}.{table} SET SCHEMA vues")
                await owner.execute(f"DROP TABLE {OLD}.{table}")
                return lines, digest, differences

    async def _behind(self, reader: Connection) -> bool:
        live = await reader.fetch("SELECT stream_id, version FROM faits.positions WHERE lecteur = $1", self._lecteur)
        mine = {row[0]: row[1] for row in live}
        local = await reader.fetch("SELECT stream_id FROM faits.streams WHERE stream_id = ANY($1)", list(mine))
        behind = any(mine[row[0]] > self._known.get(row[0], 0) for row in local)
        if behind:
            await asyncio.sleep(0.01)
        return behind

    async def _differences(self, reader: Connection) -> int:
        table, key = self._view.name, ", ".join(c.name for c in self._view.table.primary_key.columns)
        value = await reader.fetchval(
            f"""SELECT count(*) FROM vues.{table} a JOIN {NEW}.{table} b USING ({key})
                WHERE a.version = b.version AND a::text IS DISTINCT FROM b::text"""
        )
        return int(value)


async def create(owner: Connection, service: str, view: View, schema: str) -> None:
    """An empty table for `view` in `schema`, with its indexes, row-level security and grants; a leftover is dropped."""
    await owner.execute(f"DROP TABLE IF EXISTS {schema}.{view.name}")
    table = view.table.to_metadata(MetaData(schema=schema), schema=schema)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    await owner.execute(str(CreateTable(table).compile(dialect=dialect)))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        await owner.execute(str(CreateIndex(index).compile(dialect=dialect)))
    for statement in ddl(view, service, schema):
        await owner.execute(statement)


async def fingerprint(connection: Connection, view: View, schema: str = "vues") -> tuple[int, str]:
    """How many rows the view has, and a digest of all of them that does not depend on their order."""
    row = await connection.fetchrow(
        f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {schema}.{view.name} t"
    )
    if row is None:
        raise RuntimeError("an aggregate always answers one row")
    return int(row[0]), str(row[1])


def _complete(rows: list[Row]) -> tuple[list[Row], tuple[UUID, int]]:
    """The page without its last stream when the page is full (its life may go on in the next), and where to go on."""
    if len(rows) < PAGE or rows[0].stream == rows[-1].stream:
        return rows, (rows[-1].stream, rows[-1].version)
    kept = [row for row in rows if row.stream != rows[-1].stream]
    return kept, (kept[-1].stream, 2**31 - 1)
