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

_Asked: TypeAlias = tuple[Write, "asyncio.Future[bool]"]  # quoted: no subscript at run time


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
WITH part AS MATERIALIZED (
  SELECT cmd, stream_id, expected, n, organisations::uuid[] AS organisations
    FROM unnest($1::int[], $2::uuid[], $3::int[], $4::int[], $5::text[]) AS t(cmd, stream_id, expected, n, organisations)
), held AS MATERIALIZED (
  SELECT s.stream_id, s.version FROM faits.streams s
   WHERE s.stream_id IN (SELECT stream_id FROM part WHERE expected > 0) ORDER BY s.stream_id FOR UPDATE
), lost AS MATERIALIZED (
  SELECT p.cmd FROM part p LEFT JOIN held h USING (stream_id) WHERE p.expected > 0 AND h.version IS DISTINCT FROM p.expected
), born AS (
  INSERT INTO faits.streams (stream_id, version, organisations)
  SELECT stream_id, n, organisations FROM part
   WHERE expected = 0 AND n > 0 AND cmd NOT IN (SELECT cmd FROM lost) ORDER BY stream_id
  ON CONFLICT DO NOTHING RETURNING stream_id
), won AS MATERIALIZED (
  SELECT cmd FROM part GROUP BY cmd
  EXCEPT SELECT cmd FROM lost
  EXCEPT SELECT cmd FROM part WHERE expected = 0 AND n > 0 AND stream_id NOT IN (SELECT stream_id FROM born)
), moved AS (
  UPDATE faits.streams s SET version = s.version + p.n, organisations = CASE
           WHEN p.organisations <@ s.organisations THEN s.organisations
           ELSE ARRAY(SELECT unnest(s.organisations) UNION SELECT unnest(p.organisations)) END
    FROM part p JOIN won USING (cmd)
   WHERE p.expected > 0 AND s.stream_id = p.stream_id AND s.version = p.expected
), written AS (
  INSERT INTO faits.events (id, stream_id, version, type, schema_version, data,
                            organisation, auteur, instant, correlation, causation, trace)
  SELECT e.id, e.stream_id, e.version, e.type, e.schema_version, e.data,
         c.organisation, c.auteur, c.instant, c.correlation, c.command, c.trace
    FROM unnest($6::int[], $7::uuid[], $8::uuid[], $9::int[], $10::text[], $11::int[], $12::bytea[])
         AS e(cmd, id, stream_id, version, type, schema_version, data)
    JOIN won USING (cmd)
    JOIN unnest($13::int[], $14::uuid[], $15::uuid[], $16::uuid[], $17::timestamptz[], $18::uuid[], $19::text[])
         AS c(cmd, command, organisation, auteur, instant, correlation, trace) USING (cmd)
   ORDER BY e.cmd, e.stream_id, e.version
), kept AS (
  INSERT INTO faits.commands (organisation, command_id, empreinte, stream_id, version)
  SELECT c.organisation, c.command, c.fingerprint, c.stream_id, c.version
    FROM unnest($13::int[], $14::uuid[], $15::uuid[], $20::bytea[], $21::uuid[], $22::int[])
         AS c(cmd, command, organisation, fingerprint, stream_id, version)
    JOIN won USING (cmd)
   ORDER BY c.organisation, c.command
)
SELECT cmd FROM won
"""


def _arguments(batch: Sequence[Write]) -> list[list[Any]]:
    """The columns of APPEND for `batch`, in the order of its parameters; a write's number is its index."""
    parts = [(n, part) for n, write in enumerate(batch) for part in write.parts]
    facts = [(n, p.stream, version, f) for n, p in parts for version, f in enumerate(p.facts, p.expected + 1)]
    firsts = [write.parts[0] for write in batch]
    return [
        [n for n, _ in parts],
        [p.stream for _, p in parts],
        [p.expected for _, p in parts],
        [len(p.facts) for _, p in parts],
        ["{" + ",".join(sorted(map(str, p.organisations))) + "}" for _, p in parts],
        [n for n, _, _, _ in facts],
        [f.id for _, _, _, f in facts],
        [stream for _, stream, _, _ in facts],
        [version for _, _, version, _ in facts],
        [f.type for _, _, _, f in facts],
        [f.schema_version for _, _, _, f in facts],
        [f.data for _, _, _, f in facts],
        list(range(len(batch))),
        [w.command for w in batch],
        [w.organisation for w in batch],
        [w.author for w in batch],
        [w.instant for w in batch],
        [w.correlation for w in batch],
        [w.trace for w in batch],
        [w.fingerprint for w in batch],
        [first.stream for first in firsts],
        [first.expected + len(first.facts) for first in firsts],
    ]


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
        asked, start = (write, answer), time.perf_counter()
        self._waiting.append(asked)
        self._work.set()
        won = await answer
        telemetry.APPEND_SECONDS.observe(time.perf_counter() - start)
        if not won:
            telemetry.APPEND_CONFLICTS.inc()
        return won

    def _take(self) -> list[_Asked]:
        """The next batch: at most one command per stream, and none whose stream another lane is writing.

        Many are shared with a lane that is free: while the database writes for one, this process prepares the other's.
        """
        batch: list[_Asked] = []
        passed: list[_Asked] = []
        share = len(self._waiting) if len(self._waiting) < SHARED else -(-len(self._waiting) // self._free)
        while self._waiting and len(batch) < min(share, self._largest):
            item = self._waiting.popleft()
            streams = {p.stream for p in item[0].parts}
            if streams & self._busy:
                passed.append(item)
                continue
            self._busy |= streams
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
                for write, _ in batch:
                    self._busy -= {p.stream for p in write.parts}
                self._work.set()

    async def _write(self, batch: list[_Asked]) -> None:
        try:
            won = await self._commit([write for write, _ in batch])
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
        for number, (_, answer) in enumerate(batch):
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
        _, answer = batch[0]
        if answer.done():
            return
        if isinstance(error, asyncpg.UniqueViolationError):
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
        for _, answer in batch:
            if not answer.done():
                answer.set_exception(error)
