"""Kafka → views: each fact once, in the order of its stream, whatever the broker repeats, shuffles or forgets.

A batch is one database transaction: rows, stream positions and Kafka positions together. The database decides what was
done; Kafka's own offsets are only advice. A fact already folded is dropped; one that comes too early, or that a fold
refuses, is parked with its stream (garage.py) while all other streams go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from contracts.envelope import Enveloppe, EnveloppeIllisible, lire
from services.socle import telemetry
from services.socle.codec import Codec, EvenementIllisible
from services.socle.database import Connection
from services.socle.faults import refused
from services.socle.garage import DERRIERE, POISON, TROU, Garage, Parked
from services.socle.lot import Lot, change
from services.socle.points import point
from services.socle.recorded import Recorded
from services.socle.view import View, classes

log = structlog.get_logger()

LANE = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))"
"""Every batch holds its reader's lane; a rebuild takes it alone for the moment of the swap."""

WATCH, LOOKS = 2.0, 5
"""Seconds between two looks at whether the reader moves, and how many in a row must find it still."""

STOP = 12.0
"""Seconds a consumer may take to stop; what it had in hand is read again."""

T = TypeVar("T")
Records = Sequence[ConsumerRecord[Any, Any]]
Place = tuple[str, int]
"""A topic's partition."""


class Concurrence(Exception):
    """Another copy moved one of the batch's streams meanwhile: read the positions again."""


class Reaction(Protocol):
    """What must happen with a fact besides the views: appended facts, destroyed keys. Must bear being repeated.

    `before` makes the transaction's first write (an append has to) with the facts that were folded; rebuilds never call it.
    """

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None: ...


class Arrival:
    """One message whose envelope could be read; its event is read only when something wants it."""

    __slots__ = ("enveloppe", "record")

    def __init__(self, record: ConsumerRecord[Any, Any]) -> None:
        self.record = record
        self.enveloppe: Enveloppe = lire(record.headers)

    @property
    def stream(self) -> UUID:
        return self.enveloppe.subject

    @property
    def version(self) -> int:
        return self.enveloppe.streamversion


class Projector:
    """Keeps `vues` up to date from `topics` (topic → codec of its events), under the reader's name `lecteur`.

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
        self.lecteur, self._pool, self._topics = lecteur, pool, topics
        self._vues, self._reactions, self._schema = vues, reactions, schema
        self._wanted = {c.__name__ for v in vues for c in classes(v)} | {c.__name__ for c in also_reads}
        self._garage = Garage(lecteur)
        self._subscriber: Any = None
        self._consumer: Any = None
        self._seen: dict[Place, set[str]] = {}
        self._life: dict[Place, str] = {}
        self._next: dict[Place, int | None] = {}
        self._again: dict[Place, int] = {}
        self._parked = 0
        self._busy = False

    async def run(self, broker: Callable[[], KafkaBroker]) -> None:
        """Follow the topics until cancelled. Whatever becomes of a consumer, the next one goes on where the database is."""
        while True:
            current = broker()
            self.subscribe(current)
            try:
                await current.start()
                await self._watch()
            except (OSError, KafkaError) as error:
                log.warning("projection_attend_kafka", lecteur=self.lecteur, raison=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                with suppress(OSError, KafkaError):
                    async with asyncio.timeout(STOP):
                        await current.stop()

    async def _watch(self) -> None:
        """Returns when the reader, whichever copy, stands still and the broker's end is elsewhere.

        A consumer may die inside (its group is gone, its heartbeat met an error it does not know), and FastStream goes on
        asking it for messages for ever.
        """
        still, before = 0, None
        while still < LOOKS:
            await asyncio.sleep(WATCH)
            try:
                ends = await self._ends()
                here = {(row["topic"], row["partition"]): row["prochain"] for row in await self._left()}
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, KafkaError):
                continue
            arrived = all(here.get(place, 0) == end for place, end in ends.items())
            still = still + 1 if here == before and not arrived and not self._busy else 0
            before = here
        log.warning("projection_immobile", lecteur=self.lecteur)

    async def _ends(self) -> dict[Place, int]:
        consumer = self._subscriber.consumer
        partitions = [TopicPartition(t, n) for t in self._topics for n in consumer.partitions_for_topic(t) or ()]
        return {(p.topic, p.partition): end for p, end in (await consumer.end_offsets(partitions)).items()}

    def subscribe(self, broker: KafkaBroker) -> None:
        """Attach to `broker` as one batch subscriber, raw bytes, acknowledged by hand after the transaction."""
        projector = self
        self._next.clear()

        class Assigned(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
            async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
                """Nothing to hand over: the database holds the positions."""
                for partition in revoked:
                    projector._next.pop((partition.topic, partition.partition), None)

            async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
                await projector.resume(subscriber.consumer, assigned)

        async def raw(_: object) -> None:
            return None

        async def as_it_came(records: Any) -> KafkaMessage:
            # FastStream's own parser reads every header, and loses the whole batch over one that is not text.
            return KafkaAckableMessage(records, b"", consumer=subscriber.consumer)

        subscriber = broker.subscriber(
            *self._topics,
            group_id=self.lecteur,
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            # After an empty poll FastStream sleeps as long again: a short wait keeps an idle system quick.
            batch_timeout_ms=10,
            max_records=2000,
            # A quiet topic must not make a waiting one wait for long.
            fetch_max_wait_ms=100,
            # A copy that died keeps its partitions from the others no longer than this.
            session_timeout_ms=6000,
            heartbeat_interval_ms=2000,
            listener=Assigned(),
            parser=as_it_came,
            decoder=raw,
        )
        self._subscriber = subscriber

        @subscriber
        async def receive(message: KafkaMessage) -> None:
            records = message.raw_message if isinstance(message.raw_message, tuple) else (message.raw_message,)
            try:
                await self.deliver(records)
            except Exception as error:
                log.error("projection_echouee", lecteur=self.lecteur, erreur=type(error).__name__)
                await asyncio.sleep(1)
                self._go_back(records)
                raise
            # Only advice, and refused while partitions change hands.
            with suppress(KafkaError):
                await message.ack()
            point("projection.acquittee")

    async def resume(self, consumer: Any, assigned: Iterable[TopicPartition]) -> None:
        """Go to where the database says each partition was left; from its start where it says nothing.

        One record back, in truth: if it is not the one we remember, the broker has lost what we read, and `_same_broker`
        will see it even if the partition was filled up again to just this place.
        """
        self._consumer = consumer
        left: dict[Place, int] = {}
        for row in await self._insist(self._left):
            place = (row["topic"], row["partition"])
            left[place] = row["prochain"]
            self._seen.setdefault(place, set()).add(row["epoque"])
        parts, ends = list(assigned), {}
        with suppress(KafkaError):  # a broker that cannot say now tells at the first read, most of the time
            ends = await consumer.end_offsets(parts)
        for partition in parts:
            place = (partition.topic, partition.partition)
            offset = left.get(place)
            if offset is None or ends.get(partition, offset) < offset:
                await self._insist(lambda: self._forget(place))  # noqa: B023 - called before it changes
                self._next[place] = None
                await consumer.seek_to_beginning(partition)
            else:
                self._next[place] = max(0, offset - 1)
                consumer.seek(partition, self._next[place])
            self._again.pop(place, None)
        await self._count()

    async def _left(self) -> list[asyncpg.Record]:
        return await self._pool.fetch(
            "SELECT topic, partition, epoque, prochain FROM faits.lectures_kafka WHERE lecteur = $1", self.lecteur
        )

    async def _forget(self, place: Place) -> None:
        """The partition is shorter than we knew it: it began anew."""
        await self._pool.execute(
            "UPDATE faits.lectures_kafka SET prochain = 0 WHERE lecteur = $1 AND topic = $2 AND partition = $3",
            self.lecteur,
            *place,
        )

    async def deliver(self, records: Records) -> None:
        """Apply what the consumer brought, if it is what follows; else send the consumer back.

        A batch may be lost between broker and database (a copy that stops, an error nobody catches), and the consumer
        would go on behind it. The place where each partition continues is known here, so that this cannot pass.
        """
        self._busy = True
        try:
            applied = await self.receive(self._contiguous(records))
        finally:
            self._busy = False
        for record in applied:
            if (record.topic, record.partition) in self._next:
                self._next[record.topic, record.partition] = record.offset + 1
        telemetry.PROJECTION_BEHIND.labels(self.lecteur).set(self._behind())

    def _contiguous(self, records: Records) -> Records:
        """The records of partitions we were sent to, as long as none is missing."""
        expected = dict(self._next)
        kept: list[ConsumerRecord[Any, Any]] = []
        for record in records:
            place = (record.topic, record.partition)
            if place not in expected:
                continue  # not ours (any more), or `resume` has yet to say from where
            wanted = expected[place]
            if wanted is not None and record.offset > wanted and self._again.get(place) != wanted:
                log.warning("kafka_saut", lecteur=self.lecteur, topic=record.topic, partition=record.partition)
                self._consumer.seek(TopicPartition(*place), wanted)
                self._again[place] = wanted  # if it comes like that again, those in between are gone from the broker
                del expected[place]
                continue
            expected[place] = record.offset + 1
            kept.append(record)
        return kept

    def _go_back(self, records: Records) -> None:
        """Nothing of `records` was applied: have them brought again."""
        for place in {(r.topic, r.partition) for r in records} & self._next.keys():
            self._consumer.seek(TopicPartition(*place), self._next[place] or 0)

    def _behind(self) -> int:
        """How many records the broker has beyond what was applied, as far as this consumer was told."""
        ends = ((p, self._consumer.highwater(TopicPartition(*p))) for p, n in self._next.items() if n is not None)
        return sum(max(0, end - (self._next[place] or 0)) for place, end in ends if end is not None)

    async def receive(self, records: Records) -> Records:
        """Apply a batch; returns what was applied once it is committed. Waits for as long as the database cannot answer."""
        point("projection.recue")
        arrivals = self._readable(records)
        if rewound := self._same_broker(arrivals):
            records = [r for r in records if (r.topic, r.partition) not in rewound]
            arrivals = [a for a in arrivals if (a.record.topic, a.record.partition) not in rewound]
        try:
            await self._insist(lambda: self._commit(arrivals, records))
        except Exception as error:  # noqa: BLE001 - the database refuses a row: find its stream, let the others pass
            log.warning("projection_par_moities", lecteur=self.lecteur, erreur=type(error).__name__)
            await self._apart(arrivals)
            await self._insist(lambda: self._commit((), records))
        point("projection.apres_commit")
        return records

    async def _apart(self, arrivals: Sequence[Arrival]) -> None:
        """Apply what was refused together: half by half down to the one stream it is about, and there fact by fact."""
        streams = list(dict.fromkeys(a.stream for a in arrivals))
        if len(streams) == 1:
            for arrival in sorted(arrivals, key=lambda a: a.version):
                await self._alone(arrival)
            return
        half = set(streams[: len(streams) // 2])
        for part in ([a for a in arrivals if a.stream in half], [a for a in arrivals if a.stream not in half]):
            try:
                await self._insist(lambda: self._commit(part, ()))  # noqa: B023 - called before it changes
            except Exception:  # noqa: BLE001 - it is in this half
                await self._apart(part)

    async def _alone(self, arrival: Arrival) -> None:
        try:
            await self._insist(lambda: self._commit([arrival], (), most=1))
        except Exception as error:  # noqa: BLE001 - this is the fact
            reason = f"{POISON}: {type(error).__name__}"
            await self._insist(lambda: self._park(arrival, reason))

    async def _insist(self, step: Callable[[], Awaitable[T]]) -> T:
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

    def _same_broker(self, arrivals: Iterable[Arrival]) -> set[Place]:
        """The partitions that are not what they were, which we went back to the beginning of.

        A broker that lost its data is filled again from the start, and the place where we stood may lie in the middle of
        what we never saw. The relay marks every such life with a new epoch: at the first message of one, the partition is
        read again from its beginning; what is known already is dropped.
        """
        rewound: set[Place] = set()
        for arrival in arrivals:
            place, epoch = (arrival.record.topic, arrival.record.partition), arrival.enveloppe.epoque
            if place in rewound:
                continue
            seen = self._seen.setdefault(place, set())
            if epoch not in seen and seen and arrival.record.offset > 0 and self._consumer is not None:
                log.warning("kafka_autre_epoque", lecteur=self.lecteur, topic=place[0], partition=place[1])
                self._consumer.seek(TopicPartition(*place), 0)
                self._next[place] = None
                rewound.add(place)
            seen.add(epoch)
            self._life[place] = epoch
        return rewound

    def _readable(self, records: Iterable[ConsumerRecord[Any, Any]]) -> list[Arrival]:
        arrivals = []
        for record in records:
            try:
                arrivals.append(Arrival(record))
            except EnveloppeIllisible as error:
                # Nobody of ours sends these; without a stream there is nothing to park behind. Counted, logged, passed.
                telemetry.UNREADABLE.labels(self.lecteur).inc()
                log.error(
                    "enveloppe_illisible", topic=record.topic, partition=record.partition, offset=record.offset,
                    raison=str(error),
                )  # fmt: skip
        return arrivals

    async def _commit(self, arrivals: Sequence[Arrival], records: Records, most: int | None = None) -> None:
        """One transaction: what can be folded now, what has to wait, and how far we have come.

        `most`: how many facts of a stream are taken at once.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(LANE, self.lecteur)
            streams = list({a.stream for a in arrivals})
            before = await self._positions(connection, streams)
            parked = await self._garage.load(connection, streams)
            queue, waiting = _in_order(arrivals, before, parked, most=most)
            taken = await self._apply(connection, queue, waiting, before, parked)
            await self._checkpoint(connection, records)
            point("projection.avant_commit")
        self._tell(taken)
        if waiting or self._parked:
            await self._count()

    async def _apply(
        self,
        connection: Connection,
        queue: Mapping[UUID, list[Parked]],
        waiting: dict[UUID, list[Parked]],
        before: Mapping[UUID, int],
        parked: Mapping[UUID, Mapping[int, Parked]],
    ) -> list[Recorded[Any]]:
        taken = await self._fold(connection, queue, waiting)
        point("projection.ecrite")
        after = dict(before) | {fait.stream: fait.version for fait in taken}
        done = [(s, v) for s, facts in parked.items() for v in facts if v <= after.get(s, 0)]
        await self._garage.write(connection, waiting, done, parked)
        # A stream that has to wait is held too: a copy that moves it meanwhile must find what waits for it.
        await self._advance(connection, {s: after.get(s, 0) for s in (*waiting, *(f.stream for f in taken))}, before)
        point("projection.avancee")
        return taken

    async def _fold(
        self, connection: Connection, queue: Mapping[UUID, list[Parked]], waiting: dict[UUID, list[Parked]]
    ) -> list[Recorded[Any]]:
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
        # Until here nothing was written, so that a reaction's append can be its transaction's first write.
        for reaction in self._reactions:
            await reaction.before(connection, taken)
        await lot.write(connection)
        return taken

    def _decodable(
        self, facts: Sequence[Parked], waiting: dict[UUID, list[Parked]]
    ) -> list[tuple[Parked, Recorded[Any] | None]]:
        read: list[tuple[Parked, Recorded[Any] | None]] = []
        for n, fact in enumerate(facts):
            try:
                read.append((fact, self._decode(fact)))
            except EvenementIllisible as error:
                self._give_up(facts[n:], f"{POISON}: {error}", waiting)
                break
        return read

    def _give_up(self, facts: Sequence[Parked], reason: str, waiting: dict[UUID, list[Parked]]) -> None:
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
        event = self._topics[fact.topic].decode(type_, e.schemaversion, fact.value)
        return Recorded(e.id, e.subject, e.streamversion, event, e.organisation, e.auteur, e.time, e.correlationid)

    async def _positions(self, connection: Connection, streams: list[UUID]) -> dict[UUID, int]:
        rows = await connection.fetch(
            "SELECT stream_id, version FROM faits.positions WHERE lecteur = $1 AND stream_id = ANY($2)",
            self.lecteur, streams,
        )  # fmt: skip
        return {row[0]: row[1] for row in rows}

    async def _advance(self, connection: Connection, after: Mapping[UUID, int], before: Mapping[UUID, int]) -> None:
        """Compare-and-set of every stream's position: two copies can never both apply the same fact."""
        if not after:
            return
        moved = await connection.fetchval(
            """WITH v AS (SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[]) AS t(stream_id, avant, apres)),
               u AS (UPDATE faits.positions p SET version = v.apres FROM v
                      WHERE p.lecteur = $1 AND p.stream_id = v.stream_id AND p.version = v.avant RETURNING 1),
               i AS (INSERT INTO faits.positions (lecteur, stream_id, version)
                     SELECT $1, stream_id, apres FROM v WHERE avant IS NULL ON CONFLICT DO NOTHING RETURNING 1)
               SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM i)""",
            self.lecteur, list(after), [before.get(s) for s in after], list(after.values()),
        )  # fmt: skip
        if moved != len(after):
            raise Concurrence

    async def _checkpoint(self, connection: Connection, records: Records) -> None:
        last: dict[Place, ConsumerRecord[Any, Any]] = {(r.topic, r.partition): r for r in records}
        if not last:
            return
        await connection.execute(
            """INSERT INTO faits.lectures_kafka AS k (lecteur, topic, partition, epoque, prochain)
               SELECT $1, * FROM unnest($2::text[], $3::int[], $4::text[], $5::bigint[])
               ON CONFLICT (lecteur, topic, partition) DO UPDATE
                 SET epoque = coalesce(nullif(EXCLUDED.epoque, ''), k.epoque), prochain = EXCLUDED.prochain""",
            self.lecteur, [t for t, _ in last], [p for _, p in last], [self._life.get(place, "") for place in last],
            [r.offset + 1 for r in last.values()],
        )  # fmt: skip

    async def _park(self, arrival: Arrival, reason: str) -> None:
        """Park a fact that the database refuses, and what waits behind it."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(LANE, self.lecteur)
            before = await self._positions(connection, [arrival.stream])
            parked = await self._garage.load(connection, [arrival.stream])
            queue, waiting = _in_order([arrival], before, parked)
            for facts in queue.values():
                self._give_up(facts, reason, waiting)
            await self._garage.write(connection, waiting, (), parked)
            await self._advance(connection, {s: before.get(s, 0) for s in waiting}, before)
        await self._count()

    async def replay(self) -> int:
        """Try the parked streams again, in order, fact by fact; answers how many facts are still parked."""
        for stream in await self._insist(lambda: self._garage.streams(self._pool)):
            try:
                while await self._insist(lambda: self._replay_next(stream)):  # noqa: B023 - called before it changes
                    point("rejeu.apres_commit")
            except Exception as error:  # noqa: BLE001 - the database still refuses it: it stays as it is, others go on
                log.error("rejeu_refuse", lecteur=self.lecteur, stream=str(stream), erreur=type(error).__name__)
        return await self._count()

    async def _replay_next(self, stream: UUID) -> bool:
        """Fold the next parked fact of a stream; False when it cannot be, or when there is none."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(LANE, self.lecteur)
            before = await self._positions(connection, [stream])
            parked = await self._garage.load(connection, [stream])
            queue, waiting = _in_order((), before, parked, again=True, most=1)
            taken = await self._apply(connection, queue, waiting, before, parked)
            point("rejeu.avant_commit")
        self._tell(taken)
        return bool(taken)

    def _tell(self, taken: Sequence[Recorded[Any]]) -> None:
        if taken:
            telemetry.PROJECTED.labels(self.lecteur).inc(len(taken))
            telemetry.PROJECTION_LAG.labels(self.lecteur).set(telemetry.age(taken[-1].instant))

    async def _count(self) -> int:
        """How many facts are parked, for whoever watches."""
        self._parked = await self._insist(lambda: self._garage.count(self._pool))
        telemetry.PARKED.labels(self.lecteur).set(self._parked)
        return self._parked


def _in_order(
    arrivals: Iterable[Arrival],
    before: Mapping[UUID, int],
    parked: Mapping[UUID, Mapping[int, Parked]],
    again: bool = False,
    most: int | None = None,
) -> tuple[dict[UUID, list[Parked]], dict[UUID, list[Parked]]]:
    """What can be folded now, stream by stream without a gap, and what has to wait.

    Known versions are dropped. A stream parked as poison waits whole, unless `again` (a replay).
    """
    candidates: dict[UUID, dict[int, Parked]] = {stream: dict(facts) for stream, facts in parked.items()}
    for arrival in arrivals:
        if arrival.version > before.get(arrival.stream, 0):
            facts = candidates.setdefault(arrival.stream, {})
            facts.setdefault(arrival.version, Parked.of(arrival.record, arrival.enveloppe))
    queue: dict[UUID, list[Parked]] = {}
    waiting: dict[UUID, list[Parked]] = {}
    for stream, by_version in candidates.items():
        poisoned = not again and any(f.reason.startswith(POISON) for f in parked.get(stream, {}).values())
        next_ = before.get(stream, 0) + 1
        for version in sorted(by_version):
            fact = by_version[version]
            if version < next_:
                continue
            taken = queue.get(stream, ())
            if version == next_ and not poisoned and (most is None or len(taken) < most):
                queue.setdefault(stream, []).append(fact)
                next_ += 1
            else:
                reason = (
                    fact.reason if poisoned and fact.reason else DERRIERE if poisoned or len(taken) == most else TROU
                )
                waiting.setdefault(stream, []).append(fact.because(reason))
    return queue, waiting
