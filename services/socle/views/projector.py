"""Facts → views: each fact once, in the order of its stream, whatever is repeated, shuffled or forgotten on the way.

A batch is one database transaction: rows, stream positions and Kafka positions together. The database decides what was
done; Kafka's own offsets are only advice. A fact already folded is dropped; one that comes too early, or that a fold
refuses, is parked with its stream (garage.py) while all other streams go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
import structlog

from services.socle.base import telemetry, tracing
from services.socle.base.database import Connection
from services.socle.base.faults import refused
from services.socle.base.points import point
from services.socle.base.recorded import Recorded
from services.socle.facts.codec import Codec, EvenementIllisible
from services.socle.views.arrival import Arrival, Facts, Place, Records, in_order, place_of
from services.socle.views.batch import Lot, Piece, change, joined, named
from services.socle.views.parking import DERRIERE, POISON, Garage, Parked
from services.socle.views.view import View, classes

log = structlog.get_logger()
T = TypeVar("T")

BEGIN = """BEGIN; SET LOCAL synchronous_commit = {durable}; SET LOCAL enable_seqscan = off;
SET LOCAL plan_cache_mode = force_{plan}_plan; SELECT pg_advisory_xact_lock_shared(hashtextextended('{lecteur}', 0))"""
"""How every batch begins, in one round trip. It holds its reader's lane before it looks at a view; a rebuild takes it alone
for the moment of the swap.

A batch that says how far Kafka was read does not wait for the disk: what a crash takes away, it takes whole, and it is read
again (Recul). A reaction that appends facts does wait (append_within). Everything is asked for by its key, so that for a few
streams one plan serves for ever, made while the tables were empty or not; for many, a plan made for them costs less than it
saves.
"""

FEW = 20
"""Streams in a batch that needs no plan of its own."""

NO_LIVES: Mapping[Place, str] = {}
NOWHERE: Mapping[Place, int] = {}


class Concurrence(Exception):
    """Another copy moved one of the batch's streams meanwhile: read the positions again."""


class Recul(Exception):
    """The database is not where it was left: a crash took commits it had not written down, or an older copy answers."""


class Reaction(Protocol):
    """What must happen with a fact besides the views: appended facts, destroyed keys. Must bear being repeated.

    `before` makes the transaction's first write (an append has to) with the facts that were folded; rebuilds never call it.
    """

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None: ...


class Projector:
    """Keeps `vues` up to date with the facts of `topics` (topic → codec of its events), under the reader's name `lecteur`.

    `schema` is where the views' tables are: a rebuild fills others.
    """

    def __init__(
        self,
        lecteur: str,
        pool: asyncpg.Pool[Any],
        topics: Mapping[str, Codec[Any]],
        vues: Sequence[View],
        reactions: Sequence[Reaction] = (),
        also_reads: Iterable[type] = (),
        schema: str = "vues",
    ) -> None:
        self.lecteur, self.topics = lecteur, topics
        self._pool, self._vues, self._reactions, self._schema = pool, vues, reactions, schema
        self._wanted = {c.__name__ for v in vues for c in classes(v)} | {c.__name__ for c in also_reads}
        self._garage = Garage(lecteur)
        self._parked = 0

    # Where it stands

    async def left(self) -> dict[Place, tuple[str, int]]:
        """Where each partition was left: in which life of the broker, and before which offset."""
        rows = await self._pool.fetch(
            "SELECT topic, partition, epoque, prochain FROM faits.lectures_kafka WHERE lecteur = $1", self.lecteur
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    async def begin_again(self, place: Place) -> None:
        """The partition is shorter than we knew it: it began anew."""
        await self.insist(
            lambda: self._pool.execute(
                "UPDATE faits.lectures_kafka SET prochain = 0 WHERE lecteur = $1 AND topic = $2 AND partition = $3",
                self.lecteur,
                *place,
            )
        )

    async def count(self) -> int:
        """How many facts are parked, for whoever watches."""
        self._parked = await self.insist(lambda: self._garage.count(self._pool))
        telemetry.PARKED.labels(self.lecteur).set(self._parked)
        return self._parked

    # A batch

    async def receive(
        self,
        arrivals: Sequence[Arrival],
        records: Records = (),
        lives: Mapping[Place, str] = NO_LIVES,
        left: Mapping[Place, int] = NOWHERE,
    ) -> None:
        """Apply a batch; returns when it is committed. Waits for as long as the database cannot answer.

        `records` are all that was read, `lives` the epoch of each of their partitions: the checkpoint. `left`: where the
        database must have been left, at least; raises Recul, and nothing is applied, when it was not.
        """
        point("projection.recue")
        try:
            await self.insist(lambda: self._commit(arrivals, records, lives, left))
        except Recul:
            raise
        except Exception as error:  # noqa: BLE001 - the database refuses a row: find its stream, let the others pass
            log.warning("projection_par_moities", lecteur=self.lecteur, erreur=type(error).__name__)
            await self._apart(arrivals)
            await self.insist(lambda: self._commit((), records, lives))
        point("projection.apres_commit")

    async def _apart(self, arrivals: Sequence[Arrival]) -> None:
        """Apply what was refused together: half by half down to the one stream it is about, and there fact by fact."""
        streams = list(dict.fromkeys(a.stream for a in arrivals))
        if len(streams) <= 1:
            for arrival in sorted(arrivals, key=lambda a: a.version):
                await self._alone(arrival)
            return
        half = set(streams[: len(streams) // 2])
        for part in ([a for a in arrivals if a.stream in half], [a for a in arrivals if a.stream not in half]):
            try:
                await self.insist(lambda: self._commit(part))  # noqa: B023 - called before it changes
            except Exception:  # noqa: BLE001 - it is in this half
                await self._apart(part)

    async def _alone(self, arrival: Arrival) -> None:
        try:
            await self.insist(lambda: self._commit([arrival], most=1))
        except Exception as error:  # noqa: BLE001 - this is the fact
            reason = f"{POISON}: {type(error).__name__}"
            await self.insist(lambda: self._park(arrival, reason))

    async def insist(self, step: Callable[[], Awaitable[T]]) -> T:
        """Do it, as often as it takes while the database is away or another copy is at the same streams."""
        pause = 0.005
        while True:
            try:
                return await step()
            except Exception as error:
                if refused(error) and not isinstance(error, Concurrence):
                    raise
                log.warning("projection_recommence", lecteur=self.lecteur, raison=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _commit(
        self,
        arrivals: Sequence[Arrival],
        records: Records = (),
        lives: Mapping[Place, str] = NO_LIVES,
        left: Mapping[Place, int] = NOWHERE,
        most: int | None = None,
    ) -> None:
        """One transaction: what can be folded now, what has to wait, and how far we have come.

        `most`: how many facts of a stream are taken at once.
        """
        streams, start = list({a.stream for a in arrivals}), time.time_ns()
        async with self._transaction(len(streams), durable=not records) as connection:
            before, parked, gone = await self._garage.load(connection, streams, left)
            if gone:
                raise Recul
            queue, waiting = in_order(arrivals, before, parked, most=most)
            taken = await self._apply(connection, queue, waiting, before, parked, _reached(records, lives))
            point("projection.avant_commit")
        self._tell(taken, start)
        if waiting or self._parked:
            await self.count()

    @asynccontextmanager
    async def _transaction(self, streams: int = 1, durable: bool = True) -> AsyncIterator[Connection]:
        """One batch, undone by whatever is raised."""
        plan = "generic" if streams <= FEW else "custom"
        async with self._pool.acquire() as connection:
            lecteur = self.lecteur.replace("'", "''")
            await connection.execute(BEGIN.format(durable="on" if durable else "off", plan=plan, lecteur=lecteur))
            try:
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # it may be what broke
                    await connection.execute("ROLLBACK")
                raise

    async def _apply(
        self,
        connection: Connection,
        queue: Mapping[UUID, list[Parked]],
        waiting: Facts,
        before: Mapping[UUID, int],
        parked: Mapping[UUID, Mapping[int, Parked]],
        reached: Sequence[tuple[str, int, str, int]] = (),
    ) -> list[Recorded[Any]]:
        lot, taken = await self._fold(connection, queue, waiting)
        # Until here nothing was written, so that a reaction's append can be its transaction's first write.
        for reaction in self._reactions:
            await reaction.before(connection, taken)
        changes = await lot.written(connection)
        after = dict(before) | {fait.stream: fait.version for fait in taken}
        done = [(s, v) for s, facts in parked.items() for v in facts if v <= after.get(s, 0)]
        await self._garage.write(connection, waiting, done, parked)
        # A stream that has to wait is held too: a copy that moves it meanwhile must find what waits for it.
        held = {s: after.get(s, 0) for s in (*waiting, *(f.stream for f in taken))}
        await self._write(connection, changes, held, before, reached)
        return taken

    async def _fold(
        self, connection: Connection, queue: Mapping[UUID, list[Parked]], waiting: Facts
    ) -> tuple[Lot, list[Recorded[Any]]]:
        """Fold each stream's facts in order; a fact that cannot be read or folded moves, with all after it, to `waiting`."""
        ready = {stream: self._decodable(facts, waiting) for stream, facts in queue.items()}
        lot = Lot([change(v, self._schema) for v in self._vues])
        await lot.load(connection, [fait for facts in ready.values() for _, fait in facts if fait is not None])
        taken: list[Recorded[Any]] = []
        for pairs in ready.values():
            for n, (fact, fait) in enumerate(pairs):
                try:
                    if fait is not None:
                        lot.apply(fait)
                except Exception as error:  # noqa: BLE001 - a fold may fail in any way; its stream waits, others go on
                    self._give_up([f for f, _ in pairs[n:]], f"{POISON}: {type(error).__name__}", waiting)
                    break
                taken.append(fait if fait is not None else fact.bare())
        point("projection.pliee")
        return lot, taken

    def _decodable(self, facts: Sequence[Parked], waiting: Facts) -> list[tuple[Parked, Recorded[Any] | None]]:
        read: list[tuple[Parked, Recorded[Any] | None]] = []
        for n, fact in enumerate(facts):
            try:
                read.append((fact, self._decode(fact)))
            except EvenementIllisible as error:
                self._give_up(facts[n:], f"{POISON}: {error}", waiting)
                break
        return read

    def _give_up(self, facts: Sequence[Parked], reason: str, waiting: Facts) -> None:
        """The first of a stream's facts is the reason why it waits, the others stand behind it."""
        first, *others = facts
        log.error(
            "fait_gare", lecteur=self.lecteur, stream=str(first.enveloppe.subject), version=first.version, raison=reason
        )
        behind = waiting.get(first.enveloppe.subject, [])
        waiting[first.enveloppe.subject] = [
            first.because(reason),
            *(f.because(DERRIERE) for f in (*others, *behind)),
        ]

    def _decode(self, fact: Parked) -> Recorded[Any] | None:
        """The fact, or None when nothing here reads its type (its version still counts)."""
        e = fact.enveloppe
        type_ = e.type.rsplit(".", 1)[-1]
        if type_ not in self._wanted:
            return None
        event = self.topics[fact.topic].decode(type_, e.schemaversion, fact.value)
        return Recorded(
            e.id, e.subject, e.streamversion, event, e.organisation, e.auteur, e.time, e.correlationid,
            tracing.followed(e.traceparent),
        )  # fmt: skip

    async def _write(
        self,
        connection: Connection,
        changes: Sequence[Piece],
        after: Mapping[UUID, int],
        before: Mapping[UUID, int],
        reached: Sequence[tuple[str, int, str, int]] = (),
    ) -> None:
        """The batch, in one round trip: what changed in the views, how far each stream has come, and each partition.

        Positions are compared and set: two copies can never both apply the same fact.
        """
        if not (changes or after or reached):
            return
        lecteur, streams = self.lecteur, list(after)
        positions: list[Piece] = [
            ("v AS (SELECT * FROM unnest({}::uuid[], {}::int[], {}::int[]) AS t(stream_id, avant, apres))",
             [streams, [before.get(s) for s in streams], list(after.values())]),
            ("""u AS (UPDATE faits.positions p SET version = v.apres FROM v
                       WHERE p.lecteur = {} AND p.stream_id = ANY({}) AND p.stream_id = v.stream_id
                         AND p.version = v.avant RETURNING 1)""", [lecteur, streams]),
            ("""i AS (INSERT INTO faits.positions (lecteur, stream_id, version)
                      SELECT {}::text, stream_id, apres FROM v WHERE avant IS NULL ON CONFLICT DO NOTHING RETURNING 1)""",
             [lecteur]),
            ("""k AS (INSERT INTO faits.lectures_kafka AS k (lecteur, topic, partition, epoque, prochain)
                      SELECT {}::text, * FROM unnest({}::text[], {}::int[], {}::text[], {}::bigint[])
                          ON CONFLICT (lecteur, topic, partition) DO UPDATE
                         SET epoque = coalesce(nullif(EXCLUDED.epoque, ''), k.epoque), prochain = EXCLUDED.prochain)""",
             [lecteur, *([one[n] for one in reached] for n in range(4))]),
        ]  # fmt: skip
        sql, values = joined([*positions, *named(changes)])
        moved = await connection.fetchval(
            f"WITH {sql} SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM i)", *values
        )
        if moved != len(after):
            raise Concurrence

    async def _park(self, arrival: Arrival, reason: str) -> None:
        """Park a fact that the database refuses, and what waits behind it."""
        async with self._transaction() as connection:
            before, parked, _ = await self._garage.load(connection, [arrival.stream])
            queue, waiting = in_order([arrival], before, parked)
            for facts in queue.values():
                self._give_up(facts, reason, waiting)
            await self._garage.write(connection, waiting, (), parked)
            await self._write(connection, (), {s: before.get(s, 0) for s in waiting}, before)
        await self.count()

    async def replay(self) -> int:
        """Try the parked streams again, in order, fact by fact; answers how many facts are still parked."""
        for stream in await self.insist(lambda: self._garage.streams(self._pool)):
            try:
                while await self.insist(lambda: self._replay_next(stream)):  # noqa: B023 - called before it changes
                    point("rejeu.apres_commit")
            except Exception as error:  # noqa: BLE001 - the database still refuses it: it stays as it is, others go on
                log.error("rejeu_refuse", lecteur=self.lecteur, stream=str(stream), erreur=type(error).__name__)
        return await self.count()

    async def _replay_next(self, stream: UUID) -> bool:
        """Fold the next parked fact of a stream; False when it cannot be, or when there is none."""
        start = time.time_ns()
        async with self._transaction() as connection:
            before, parked, _ = await self._garage.load(connection, [stream])
            queue, waiting = in_order((), before, parked, again=True, most=1)
            taken = await self._apply(connection, queue, waiting, before, parked)
            point("rejeu.avant_commit")
        self._tell(taken, start)
        return bool(taken)

    def _tell(self, taken: Sequence[Recorded[Any]], start: int) -> None:
        """`taken` is in the views, by a batch that began at `start` (nanoseconds since 1970)."""
        if taken:
            causes = (fait.trace for fait in taken)
            tracing.after(
                f"vues {self.lecteur}", tracing.SpanKind.CONSUMER, causes, start, **{"maillage.lot": len(taken)}
            )
            telemetry.PROJECTED.labels(self.lecteur).inc(len(taken))
            telemetry.PROJECTION_LAG.labels(self.lecteur).set(telemetry.age(taken[-1].instant))


def _reached(records: Records, lives: Mapping[Place, str]) -> list[tuple[str, int, str, int]]:
    """Per partition that was read: topic, number, the broker's epoch if it is known, the offset to continue with."""
    last = {place_of(record): record.offset for record in records}
    return [(*place, lives.get(place, ""), offset + 1) for place, offset in last.items()]
