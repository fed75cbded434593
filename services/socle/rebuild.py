"""A view made anew beside the live one, then swapped for it: nobody waits, nothing is missed.

What a view reads of the service's own facts comes from the store: first every stream's whole life in one run, up to a
fenced watermark (each row is folded from nothing and written once), then what came meanwhile, in order. What comes from
other services is not kept here: it is read again from Kafka, from the beginning, by a reader of its own.

When the new table knows at least what the live one knows, the live reader's lane is held alone for a moment and the tables
change places. The live reader may then meet facts the new table has already: the rows' own versions drop them. Side
effects (reactions) are never replayed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.socle.codec import Codec
from services.socle.database import Connection, connect, pool
from services.socle.lot import Lot, change
from services.socle.points import point
from services.socle.projector import Projector
from services.socle.recorded import Recorded
from services.socle.service import Definition
from services.socle.store import Row, by_stream, fence, follow
from services.socle.view import View, classes, ddl

log = structlog.get_logger()

NEW, OLD = "vues_neuves", "vues_anciennes"
PAGE = 5000

PATIENCE = 60.0
"""Seconds to wait for facts that the live view has and the source does not show (any more)."""

HOLD = 1.0
"""Seconds the live reader may be made to stand still at a time; then it goes on, and the swap is tried again."""

_LANE_LOCK = "SET LOCAL lock_timeout = '2s'"
_TABLE_LOCK = "SET LOCAL lock_timeout = '200ms'"
"""While the swap waits for the table, behind a question that takes long, all other questions wait behind the swap."""


class ReconstructionImpossible(Exception):
    """The live view knows facts that its source no longer holds; the live view stays as it is."""


class Bilan(Struct, frozen=True):
    """What a rebuild did. `differences`: rows that both tables held at the same version, with another content; none are
    counted when the view changed its columns."""

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


async def rebuild(
    definition: Definition[Any],
    view: View,
    owner: Connection,
    suite: str,
    kafka: Callable[[], dict[str, Any]],
    progress: Progress = _quiet,
    digest: str = "",
) -> Bilan:
    """Rebuild a view of a service from wherever its facts are.

    `owner` connects as the tables' owner, `suite` is the address of that role, `kafka` gives an aiokafka client's
    arguments, `digest` is noted on the new table. Raises ReconstructionImpossible, and whatever a fold raises.
    """
    topics = {
        topic: codec
        for topic, codec in definition.topics.items()
        if topic != definition.nom or any(codec.knows(c.__name__) for c in classes(view))
    }
    if all(definition.codec.knows(c.__name__) for c in classes(view)):
        reader, writer = await connect(suite), await connect(suite)
        for connection in (reader, writer):
            await connection.execute("SET statement_timeout = 0")  # the past may be long
        try:
            return await Rebuild(definition.nom, view, definition.codec, definition.lecteur, progress, digest).run(
                owner, reader, writer
            )
        finally:
            await reader.close()
            await writer.close()
    async with pool(suite, largest=3) as connections:
        return await Reread(definition.nom, view, topics, definition.lecteur, progress, digest).run(
            owner, connections, kafka
        )


class Rebuild:
    """Rebuilds `view` of `service` from its own store. `owner` connects as the tables' owner, `reader` as role suite."""

    def __init__(
        self,
        service: str,
        view: View,
        codec: Codec[Any],
        lecteur: str,
        progress: Progress = _quiet,
        digest: str = "",
    ) -> None:
        self._service, self._view, self._codec, self._progress = service, view, codec, progress
        self._echange = Echange(view, lecteur, digest)
        self._lecteur = lecteur
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
        point("reconstruction.remplie")
        after = watermark
        more = 0

        async def catch_up() -> bool:
            nonlocal after, more
            after, done = await self._catch_up(reader, after)
            more += done
            return not await self._behind(reader)

        await self._echange.wait(catch_up)
        await owner.execute(f"ANALYZE {NEW}.{self._view.name}")
        differences = await self._echange.differences(reader)
        await self._echange.swap(owner, catch_up)
        lines, digest = await fingerprint(reader, self._view)
        return Bilan(self._view.name, folded + more, time.perf_counter() - start, lines, digest, differences)

    async def _whole_streams(self, reader: Connection, writer: Connection, until: tuple[str, int], start: float) -> int:
        total = await reader.fetchval(
            "SELECT count(*) FROM faits.events WHERE (txid, pos) <= ($1::text::xid8, $2)", *until
        )
        one, done = change(self._view, NEW), 0
        page = asyncio.create_task(by_stream(reader, (UUID(int=0), 0), until, PAGE))
        try:
            while rows := await page:
                rows, after = _complete(rows)
                page = asyncio.create_task(by_stream(reader, after, until, PAGE))
                if rows[0].version > 1:  # a life longer than a page goes on from the row written with the page before
                    await one.load(writer, [self._recorded(r) for r in rows if r.type in self._reads])
                for row in rows:
                    if row.type in self._reads:
                        # `keep` takes what the same object's `stage` gave.
                        one.keep(self._staged(one, row))
                    self._known[row.stream] = row.version
                await one.write(writer)
                one.forget()
                done += len(rows)
                self._progress(done, int(total), time.perf_counter() - start)
        finally:
            page.cancel()
            with suppress(asyncio.CancelledError):
                await page
        return done

    def _staged(self, one: Any, row: Row) -> Any:
        try:
            return one.stage(self._recorded(row))
        except Exception as error:
            log.error(
                "reconstruction_arretee", vue=self._view.name, stream=str(row.stream), version=row.version,
                erreur=type(error).__name__,
            )  # fmt: skip
            raise

    async def _catch_up(self, reader: Connection, after: tuple[str, int]) -> tuple[tuple[str, int], int]:
        """Fold what the store has now beyond `after`: not what comes meanwhile, or a busy service would keep us for ever."""
        done, until = 0, _order(await fence(reader))
        while _order(after) < until and (rows := await follow(reader, after, PAGE)):
            await self._tail(reader, rows)
            after, done = (rows[-1].txid, rows[-1].pos), done + len(rows)
        return after, done

    async def _tail(self, reader: Connection, rows: Sequence[Row]) -> None:
        lot = Lot([change(self._view, NEW)])
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

    async def _behind(self, reader: Connection) -> bool:
        """Whether the live reader knows a fact of ours that this table does not."""
        live = await reader.fetch(
            """SELECT p.stream_id, p.version FROM faits.positions p JOIN faits.streams USING (stream_id)
               WHERE p.lecteur = $1""",
            self._lecteur,
        )
        return any(row[1] > self._known.get(row[0], 0) for row in live)


class Reread:
    """Rebuilds a view of facts that other services tell, by reading `topics` again from their beginning."""

    def __init__(
        self,
        service: str,
        view: View,
        topics: Mapping[str, Codec[Any]],
        lecteur: str,
        progress: Progress = _quiet,
        digest: str = "",
    ) -> None:
        self._service, self._view, self._topics, self._progress = service, view, topics, progress
        self._lecteur, self._mine = lecteur, f"reconstruction:{view.name}"
        self._echange = Echange(view, lecteur, digest)

    async def run(self, owner: Connection, suite: asyncpg.Pool[Any], kafka: Callable[[], dict[str, Any]]) -> Bilan:
        """Read, catch up, compare, swap. The live view answers all along; on any error it stays as it is."""
        start = time.perf_counter()
        await create(owner, self._service, self._view, NEW)
        await self._forget(suite)
        consumer = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **kafka())
        await consumer.start()
        try:
            projector = Projector(self._mine, suite, self._topics, [self._view], schema=NEW)
            ends = await self._place(consumer, projector)

            async def catch_up() -> bool:
                await self._read(consumer, projector)
                return not await self._behind(suite)

            while any([await consumer.position(place) < end for place, end in ends.items()]):
                await self._read(consumer, projector)
                self._progress(await self._done(suite), sum(ends.values()), time.perf_counter() - start)
            point("reconstruction.remplie")
            await self._echange.wait(catch_up)
            differences = await self._echange.differences(suite)
            await self._echange.swap(owner, catch_up)
            done = await self._done(suite)
        finally:
            await consumer.stop()
        await self._forget(suite)
        lines, digest = await fingerprint(suite, self._view)
        return Bilan(self._view.name, done, time.perf_counter() - start, lines, digest, differences)

    async def _place(self, consumer: AIOKafkaConsumer, projector: Projector) -> dict[TopicPartition, int]:
        """Assign every partition, at its beginning; answers where each ends now."""
        known = {topic: await consumer._client._wait_on_metadata(topic) for topic in self._topics}
        places = [TopicPartition(topic, n) for topic, numbers in known.items() for n in sorted(numbers)]
        consumer.assign(places)
        await projector.resume(consumer, places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends

    @staticmethod
    async def _read(consumer: AIOKafkaConsumer, projector: Projector) -> int:
        """Apply what there is; answers how many records that was."""
        batches = await consumer.getmany(timeout_ms=100, max_records=PAGE)
        records = [record for batch in batches.values() for record in batch]
        if records:
            await projector.deliver(records)
        return len(records)

    async def _behind(self, suite: asyncpg.Pool[Any]) -> bool:
        """Whether the live reader knows a fact of these topics that this table does not."""
        return bool(
            await suite.fetchval(
                """SELECT EXISTS (
                     SELECT FROM faits.positions l
                       LEFT JOIN faits.positions m ON m.lecteur = $2 AND m.stream_id = l.stream_id
                      WHERE l.lecteur = $1 AND l.version > coalesce(m.version, 0)
                        AND ($3 OR NOT EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = l.stream_id)))""",
                self._lecteur, self._mine, self._service in self._topics,
            )
        )  # fmt: skip

    async def _done(self, suite: asyncpg.Pool[Any]) -> int:
        """How many facts were folded or passed over."""
        return int(
            await suite.fetchval("SELECT coalesce(sum(version), 0) FROM faits.positions WHERE lecteur = $1", self._mine)
        )

    async def _forget(self, suite: asyncpg.Pool[Any]) -> None:
        """This reader begins at the beginning each time."""
        for table in ("positions", "garage", "lectures_kafka"):
            await suite.execute(f"DELETE FROM faits.{table} WHERE lecteur = $1", self._mine)


class Echange:
    """The new table takes the live one's place. `digest` says which declaration it was made from."""

    def __init__(self, view: View, lecteur: str, digest: str) -> None:
        self._view, self._lecteur, self._digest = view, lecteur, digest

    async def wait(self, arrived: Callable[[], Awaitable[bool]], pause: float = 0.01) -> None:
        """Ask again and again, less and less often. Raises ReconstructionImpossible after PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        while not await arrived():
            if time.monotonic() > deadline:
                raise ReconstructionImpossible(self._view.name)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def swap(self, owner: Connection, catch_up: Callable[[], Awaitable[bool]]) -> None:
        """The live reader stands still for the time of one last look at the source and two catalogue updates."""
        await self.wait(lambda: self._try(owner, catch_up), pause=0.2)
        point("reconstruction.apres")

    async def _try(self, owner: Connection, catch_up: Callable[[], Awaitable[bool]]) -> bool:
        table = self._view.name
        try:
            async with owner.transaction():
                await owner.execute(_LANE_LOCK)
                await owner.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", self._lecteur)
                deadline = time.monotonic() + HOLD
                while not await catch_up():
                    if time.monotonic() > deadline:
                        return False  # a fact the live view knows is not to be seen yet: let the lane go
                point("reconstruction.rattrapee")
                await owner.execute(_TABLE_LOCK)
                await owner.execute(f"ALTER TABLE vues.{table} SET SCHEMA {OLD}")
                await owner.execute(f"ALTER TABLE {NEW}.{table} SET SCHEMA vues")
                await owner.execute(f"DROP TABLE {OLD}.{table}")
                if self._digest:
                    await owner.execute(f"COMMENT ON TABLE vues.{table} IS '{self._digest}'")
                point("reconstruction.echangee")
        except asyncpg.LockNotAvailableError:
            log.info("echange_attend", vue=table)
            return False
        return True

    async def differences(self, reader: Connection | asyncpg.Pool[Any]) -> int:
        """Rows that both tables hold at the same version, with another content; 0 when their columns differ."""
        columns = await reader.fetch(
            """SELECT array_agg(attname || ' ' || atttypid::regtype ORDER BY attnum) FROM pg_attribute
               WHERE attrelid = ANY($1::text[]::regclass[]) AND attnum > 0 AND NOT attisdropped GROUP BY attrelid""",
            [f"{schema}.{self._view.name}" for schema in ("vues", NEW)],
        )
        if len(columns) != 2 or columns[0][0] != columns[1][0]:
            return 0
        key = ", ".join(c.name for c in self._view.table.primary_key.columns)
        value = await reader.fetchval(
            f"""SELECT count(*) FROM vues.{self._view.name} a JOIN {NEW}.{self._view.name} b USING ({key})
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


async def fingerprint(connection: Connection | asyncpg.Pool[Any], view: View, schema: str = "vues") -> tuple[int, str]:
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


def _order(cursor: tuple[str, int]) -> tuple[int, int]:
    return int(cursor[0]), cursor[1]
