"""A view made anew beside the live one, then swapped for it: nobody waits, nothing is missed.

What a view reads of the service's own facts comes from the store: first every stream's whole life in one run, up to a
fenced watermark (each row is folded from nothing and written once), then what came meanwhile, in order. What comes from
other services is read again from Kafka (reread.py).

When the new table knows at least what the live one knows, they change places (swap.py). The live reader may then meet
facts the new table has already: the rows' own versions drop them. Side effects (reactions) are never replayed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog

from services.socle.base.database import Connection, connect, pool
from services.socle.base.points import point
from services.socle.base.recorded import Recorded
from services.socle.facts.codec import Codec
from services.socle.facts.store import Row, by_stream, fence, follow
from services.socle.service import Definition
from services.socle.views.batch import Lot, change
from services.socle.views.reread import Reread
from services.socle.views.swap import NEW, Bilan, Progress, ReconstructionImpossible, Swap, create, fingerprint, quiet
from services.socle.views.view import View, classes

__all__ = ["Bilan", "Progress", "Rebuild", "ReconstructionImpossible", "create", "fingerprint", "rebuild"]

log = structlog.get_logger()

PAGE = 5000


async def rebuild(
    definition: Definition[Any],
    view: View,
    owner: Connection,
    suite: str,
    kafka: Callable[[], dict[str, Any]],
    progress: Progress = quiet,
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
        progress: Progress = quiet,
        digest: str = "",
    ) -> None:
        self._service, self._view, self._codec, self._progress = service, view, codec, progress
        self._swap = Swap(view, lecteur, digest)
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
            live = await self._live(reader)
            after, done = await self._catch_up(reader, after)
            more += done
            return all(version <= self._known.get(stream, 0) for stream, version in live)

        await self._swap.wait(catch_up)
        await owner.execute(f"ANALYZE {NEW}.{self._view.name}")
        differences = await self._swap.differences(reader)
        await self._swap.run(owner, catch_up)
        lines, digest = await fingerprint(reader, self._view)
        return Bilan(self._view.name, folded + more, time.perf_counter() - start, lines, digest, differences)

    async def _whole_streams(self, reader: Connection, writer: Connection, until: tuple[str, int], start: float) -> int:
        total = await reader.fetchval(
            "SELECT count(*) FROM faits.events WHERE (txid, pos) <= ($1::text::xid8, $2)", *until
        )
        one, done = change(self._view, NEW), 0
        lot = Lot([one])
        page = asyncio.create_task(by_stream(reader, (UUID(int=0), 0), until, PAGE))
        try:
            while rows := await page:
                rows, after = _complete(rows)
                page = asyncio.create_task(by_stream(reader, after, until, PAGE))
                if rows[0].version > 1:  # a life longer than a page goes on from the row written with the page before
                    await lot.load(writer, [self._recorded(r) for r in rows if r.type in self._reads])
                for row in rows:
                    if row.type in self._reads:
                        # `keep` takes what the same object's `stage` gave.
                        one.keep(self._staged(one, row))
                    self._known[row.stream] = row.version
                await lot.write(writer)
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

    async def _live(self, reader: Connection) -> list[tuple[UUID, int]]:
        """How far the live reader has come in each stream of ours. It goes on: what is caught up with is where it was."""
        return await reader.fetch(
            """SELECT p.stream_id, p.version FROM faits.positions p JOIN faits.streams USING (stream_id)
               WHERE p.lecteur = $1""",
            self._lecteur,
        )


def _complete(rows: list[Row]) -> tuple[list[Row], tuple[UUID, int]]:
    """The page without its last stream when the page is full (its life may go on in the next), and where to go on."""
    if len(rows) < PAGE or rows[0].stream == rows[-1].stream:
        return rows, (rows[-1].stream, rows[-1].version)
    kept = [row for row in rows if row.stream != rows[-1].stream]
    return kept, (kept[-1].stream, 2**31 - 1)


def _order(cursor: tuple[str, int]) -> tuple[int, int]:
    return int(cursor[0]), cursor[1]
