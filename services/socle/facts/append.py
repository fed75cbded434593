"""Writing facts: concurrent commands of one process are gathered and written by one statement.

A commit costs the same whether it carries one command or two hundred, so commands that arrive while a commit is under way
wait for the next and share it. One that loses its version check loses alone: its neighbours are written.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, Self, TypeAlias
from uuid import UUID

import asyncpg
import structlog
from msgspec import Struct

from services.socle.base import telemetry
from services.socle.base.database import Connection
from services.socle.base.faults import refused
from services.socle.base.points import point

log = structlog.get_logger()


class Fact(Struct, frozen=True):
    """One event, encoded and sealed, ready to be written."""

    id: UUID
    type: str
    schema_version: int
    data: bytes


class Part(Struct, frozen=True):
    """What one command does to one stream: `facts` follow version `expected` (0: the stream must not exist yet).

    `organisations` may load the stream from now on, besides those that already may.
    """

    stream: UUID
    expected: int
    facts: Sequence[Fact]
    organisations: frozenset[UUID] = frozenset()


class Write(Struct, frozen=True):
    """One command's whole effect, all or nothing. `fingerprint` recognises the same command sent again.

    Raises ValueError when it names a stream twice or makes two: the statement could then leave half of it behind.
    """

    parts: Sequence[Part]
    organisation: UUID
    author: UUID
    command: UUID
    fingerprint: bytes
    instant: datetime
    correlation: UUID
    trace: str | None = None

    def __post_init__(self) -> None:
        if len(self.parts) == 1:
            return
        if len({part.stream for part in self.parts}) < len(self.parts):
            raise ValueError("a write names each of its streams once")
        if sum(part.expected == 0 and len(part.facts) > 0 for part in self.parts) > 1:
            raise ValueError("a write makes one stream at most")


class UncertainWrite(Exception):
    """The connection broke before the answer: the write may or may not have happened. Ask the command id."""


SHARED = 16
"""Commands waiting, from which on two commits side by side do more than one."""

_Asked: TypeAlias = tuple[Write, "asyncio.Future[bool]", float]  # quoted: no subscript at run time
"""A write, where its fate will be told, and when it was asked (seconds of the process's clock)."""


class Appender(Protocol):
    async def append(self, write: Write) -> bool: ...


# The append is the transaction's first write and every expected version was read before it: an xid taken earlier than the
# read would let a later version carry an earlier xid, and readers (who follow xid, pos) would see the stream out of order.
#
# `held` locks the streams in one order, whoever writes: no deadlock between processes. A command is lost when any of its
# streams moved; what is new (`born`) is tried only for commands not lost so far, and a command creates at most one stream,
# so that no half of a command is ever left behind. A command that found nothing to do in a stream that does not exist
# leaves none behind: an empty one could never be born again.
APPEND = """
WITH ligne AS MATERIALIZED (
  SELECT * FROM unnest($1::faits.ligne[])
), held AS MATERIALIZED (
  SELECT s.stream_id, s.version FROM faits.streams s
   WHERE s.stream_id IN (SELECT stream_id FROM ligne WHERE attendue > 0) ORDER BY s.stream_id FOR UPDATE
), lost AS MATERIALIZED (
  SELECT l.cmd FROM ligne l LEFT JOIN held h USING (stream_id) WHERE l.attendue > 0 AND h.version IS DISTINCT FROM l.attendue
), born AS (
  INSERT INTO faits.streams (stream_id, version, organisations)
  SELECT stream_id, n, organisations FROM ligne
   WHERE attendue = 0 AND n > 0 AND cmd NOT IN (SELECT cmd FROM lost) ORDER BY stream_id
  ON CONFLICT DO NOTHING RETURNING stream_id
), won AS MATERIALIZED (
  SELECT * FROM ligne WHERE cmd NOT IN (SELECT cmd FROM lost) AND cmd NOT IN (
    SELECT cmd FROM ligne WHERE attendue = 0 AND n > 0 AND stream_id NOT IN (SELECT stream_id FROM born))
), moved AS (
  UPDATE faits.streams s SET version = s.version + l.n, organisations = CASE
           WHEN l.organisations <@ s.organisations THEN s.organisations
           ELSE ARRAY(SELECT unnest(s.organisations) UNION SELECT unnest(l.organisations)) END
    FROM won l
   WHERE l.attendue > 0 AND l.n IS NOT NULL AND s.stream_id = l.stream_id AND s.version = l.attendue
), written AS (
  INSERT INTO faits.events (id, stream_id, version, type, schema_version, data,
                            organisation, auteur, instant, correlation, causation, trace)
  SELECT id, stream_id, version, type, schema_version, data, organisation, auteur, instant, correlation, commande, trace
    FROM won WHERE version IS NOT NULL
   ORDER BY cmd, stream_id, version
), kept AS (
  INSERT INTO faits.commands (organisation, command_id, empreinte, stream_id, version)
  SELECT organisation, commande, empreinte, stream_id, issue FROM won WHERE issue IS NOT NULL
   ORDER BY organisation, commande
)
SELECT cmd FROM won WHERE issue IS NOT NULL
"""


def _arguments(batch: Sequence[Write]) -> tuple[list[tuple[Any, ...]]]:
    """APPEND's parameter for `batch`, in the order of schema.LIGNE; a write's number is its index.

    One array of rows, not one array for each column: asyncpg and PostgreSQL both take half the time over it.
    """
    lines: list[tuple[Any, ...]] = []
    for cmd, w in enumerate(batch):
        of_command = (w.command, w.organisation, w.author, w.instant, w.correlation, w.trace)
        answer: tuple[Any, Any] = (w.parts[0].expected + len(w.parts[0].facts), w.fingerprint)
        for p in w.parts:
            head: tuple[Any, Any] = (len(p.facts), list(p.organisations))
            if not p.facts:
                lines.append((cmd, p.stream, p.expected, *head, *_NO_FACT, *of_command, *answer))
            for version, f in enumerate(p.facts, p.expected + 1):
                fact = (version, f.id, f.type, f.schema_version, f.data)
                lines.append((cmd, p.stream, p.expected, *head, *fact, *of_command, *answer))
                head = answer = _SAID
            answer = _SAID
    return (lines,)


_NO_FACT = (None,) * 5
_SAID = (None, None)
"""A part's head and a command's answer stand in their first line only."""


async def append_within(connection: Connection, *writes: Write) -> bool:
    """Append as the first write of the caller's open transaction, each write to streams of its own.

    False: a version moved, and the caller rolls back, because other writes may have taken effect. Raises RuntimeError when
    the transaction has written before: the streams' order would no longer be safe. A transaction that would not have
    waited for the disk now will: what is told on may not be lost.
    """
    if await connection.fetchval(
        "SELECT pg_current_xact_id_if_assigned()::text FROM set_config('synchronous_commit', 'on', true)"
    ):
        raise RuntimeError("append must be the first write of its transaction")
    return len(await connection.fetch(APPEND, *_arguments(writes))) == len(writes)


class GroupCommit:
    """Gathers the appends of one process. `lanes` connections write at once; a stream is in one lane at a time."""

    def __init__(self, pool: asyncpg.Pool[Any], lanes: int = 2, largest: int = 256) -> None:
        self._pool, self._lanes, self._largest = pool, lanes, largest
        self._waiting: deque[_Asked] = deque()
        self._busy: set[UUID] = set()
        self._free = lanes
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._open = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(self._lanes)]
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        """Writes what was accepted, then stops; a write still waiting after that learns that it is uncertain."""
        self._open = False
        for _attempt in range(500):
            if not self._waiting and not self._busy:
                break
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail(list(self._waiting), UncertainWrite("stopping"))

    async def append(self, write: Write) -> bool:
        """True once committed; False when a stream's version moved (nothing was written). Raises UncertainWrite."""
        if not self._open:
            raise UncertainWrite("stopped")
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, answer, time.perf_counter()))
        self._work.set()
        return await answer

    def _take(self) -> list[_Asked]:
        """The next batch: at most one command per stream, and none whose stream another lane is writing.

        Many are shared with a lane that is free: while the database writes for one, this process prepares the other's.
        """
        batch: list[_Asked] = []
        passed: list[_Asked] = []
        busy = self._busy
        share = len(self._waiting) if len(self._waiting) < SHARED else -(-len(self._waiting) // self._free)
        while self._waiting and len(batch) < min(share, self._largest):
            item = self._waiting.popleft()
            streams = [p.stream for p in item[0].parts]
            if not busy.isdisjoint(streams):
                passed.append(item)
                continue
            busy.update(streams)
            batch.append(item)
        self._waiting.extendleft(reversed(passed))
        return batch

    async def _lane(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                self._work.clear()
                await self._work.wait()
                continue
            telemetry.APPEND_BATCH.observe(len(batch))
            self._free -= 1
            try:
                await self._write(batch)
            finally:
                self._free += 1
                self._busy.difference_update([p.stream for write, *_ in batch for p in write.parts])
                self._work.set()

    async def _write(self, batch: list[_Asked]) -> None:
        try:
            won = await self._commit([write for write, *_ in batch])
        except asyncio.CancelledError:
            self._fail(batch, UncertainWrite("stopping"))
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, no command may wait for ever
            if refused(error):
                await self._apart(batch, error)
                return
            log.warning("append_uncertain", writes=len(batch), error=type(error).__name__)
            self._fail(batch, UncertainWrite(type(error).__name__))
            return
        # Once for all of them: to observe each would cost a tenth of this process's work for it.
        telemetry.APPEND_SECONDS.observe(time.perf_counter() - batch[0][2])
        telemetry.APPEND_CONFLICTS.inc(len(batch) - len(won))
        for number, (_, answer, _) in enumerate(batch):
            if not answer.done():
                answer.set_result(number in won)

    async def _apart(self, batch: list[_Asked], error: Exception) -> None:
        """The database refuses one command and nothing was written: write each alone, so that only that one loses.

        Mostly its id was just used elsewhere: it lost, and finds that when it tries again. Anything else is a defect of
        ours, which its caller has to know.
        """
        if len(batch) > 1:
            for item in batch:
                await self._write([item])
            return
        _, answer, _ = batch[0]
        if answer.done():
            return
        if isinstance(error, asyncpg.UniqueViolationError):
            telemetry.APPEND_CONFLICTS.inc()
            answer.set_result(False)
        else:
            answer.set_exception(error)

    async def _commit(self, writes: Sequence[Write]) -> set[int]:
        async with self._pool.acquire() as connection:
            point("append.avant")
            won = {row[0] for row in await connection.fetch(APPEND, *_arguments(writes))}
            point("append.apres")
            return won

    @staticmethod
    def _fail(batch: Sequence[_Asked], error: Exception) -> None:
        for _, answer, _ in batch:
            if not answer.done():
                answer.set_exception(error)
