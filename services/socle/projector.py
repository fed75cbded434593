"""Kafka → views: each fact once, in the order of its stream, whatever the broker repeats, shuffles or forgets.

A batch is one database transaction: rows, stream positions and Kafka positions together. The database decides what was
done; Kafka's own offsets are only advice. A fact already folded is dropped; one that comes too early, or that a fold
refuses, is parked with its stream (garage.py) while all other streams go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from contracts.envelope import Enveloppe, EnveloppeIllisible, lire
from services.socle import telemetry
from services.socle.codec import Codec, EvenementIllisible
from services.socle.database import Connection
from services.socle.garage import Garage, Parked
from services.socle.lot import Change, Lot, change
from services.socle.recorded import Recorded
from services.socle.view import View, classes

log = structlog.get_logger()

LANE = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))"
"""Every batch holds its reader's lane; a rebuild takes it alone for the moment of the swap."""


AWAY = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError, OSError)
"""The database is not there just now: stopping, restarting, cut off."""


class Concurrence(Exception):
    """Another copy moved one of the batch's streams meanwhile: read the positions again."""


class Reaction(Protocol):
    """What must happen with a fact besides the views: appended facts, destroyed keys. Must bear being repeated.

    `before` makes the transaction's first write (an append has to) with the facts that were folded; rebuilds never call it.
    """

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None: ...


class Arrival:
    """One message: its envelope is read at once, its event only when something wants it."""

    __slots__ = ("enveloppe", "fait", "record", "type")

    def __init__(self, record: ConsumerRecord[Any, Any]) -> None:
        self.record = record
        self.enveloppe: Enveloppe = lire(record.headers)
        self.type = self.enveloppe.type.rsplit(".", 1)[-1]
        self.fait: Recorded[Any] | None = None

    @property
    def stream(self) -> UUID:
        return self.enveloppe.subject

    @property
    def version(self) -> int:
        return self.enveloppe.streamversion


class Projector:
    """Keeps `vues` up to date from `topics` (topic → codec of its events), under the reader's name `lecteur`."""

    def __init__(
        self,
        lecteur: str,
        pool: asyncpg.Pool[Any],
        topics: Mapping[str, Codec[Any]],
        vues: Sequence[View],
        reactions: Sequence[Reaction] = (),
        also_reads: Iterable[type] = (),
    ) -> None:
        self.lecteur, self._pool, self._topics = lecteur, pool, topics
        self._vues, self._reactions = vues, reactions
        self._wanted = {c.__name__ for v in vues for c in classes(v)} | {c.__name__ for c in also_reads}
        self._garage = Garage(lecteur)
        self._consumer: Any = None
        self._seen: dict[tuple[str, int], set[str]] = {}

    def subscribe(self, broker: KafkaBroker) -> None:
        """Attach to `broker` as one batch subscriber, raw bytes, acknowledged by hand after the transaction."""
        projector = self

        class Assigned(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
            async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
                """Nothing to hand over: the database holds the positions."""

            async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
                await projector.resume(subscriber.consumer, assigned)

        async def raw(_: object) -> None:
            return None

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
            listener=Assigned(),
            decoder=raw,
        )

        @subscriber
        async def receive(message: KafkaMessage) -> None:
            records = message.raw_message if isinstance(message.raw_message, tuple) else (message.raw_message,)
            await self.receive(records)
            await message.ack()

    async def resume(self, consumer: Any, assigned: Iterable[TopicPartition]) -> None:
        """Go to where the database says each partition was left; from its start where it says nothing."""
        self._consumer = consumer
        rows = await self._pool.fetch(
            "SELECT topic, partition, epoque, prochain FROM faits.lectures_kafka WHERE lecteur = $1", self.lecteur
        )
        left: dict[tuple[str, int], int] = {}
        for row in rows:
            place = (row["topic"], row["partition"])
            left[place] = max(row["prochain"], left.get(place, 0))
            self._seen.setdefault(place, set()).add(row["epoque"])
        for partition in assigned:
            offset = left.get((partition.topic, partition.partition))
            if offset is None:
                await consumer.seek_to_beginning(partition)
            else:
                consumer.seek(partition, offset)

    async def receive(self, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        """Apply a batch; returns when it is committed. Tries again for as long as the database cannot answer."""
        records = self._same_broker(records)
        arrivals = self._readable(records)
        try:
            await self._insist(arrivals, records)
        except Exception as error:  # noqa: BLE001 - the database refuses a row: find its stream, let the others pass
            log.warning("projection_flux_par_flux", lecteur=self.lecteur, erreur=type(error).__name__)
            for stream in dict.fromkeys(a.stream for a in arrivals):
                await self._alone([a for a in arrivals if a.stream == stream])
            await self._insist((), records)

    async def _alone(self, arrivals: Sequence[Arrival]) -> None:
        try:
            await self._insist(arrivals, ())
        except Exception as error:  # noqa: BLE001 - this is the stream the database refuses: it waits, loudly
            await self._park(arrivals, f"poison: {type(error).__name__}")

    async def _insist(self, arrivals: Sequence[Arrival], records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        """Commit, as often as it takes while the database is away or another copy is at the same streams."""
        pause = 0.005
        while True:
            try:
                return await self._commit(arrivals, records)
            except (Concurrence, *AWAY) as error:
                log.info("projection_recommence", lecteur=self.lecteur, raison=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    def _same_broker(self, records: Sequence[ConsumerRecord[Any, Any]]) -> list[ConsumerRecord[Any, Any]]:
        """The records of partitions that are still what they were.

        A broker that lost its data is filled again from the start, and the place where we stood may lie in the middle of
        what we never saw. The relay marks every such life with a new epoch: at the first message of one, the partition is
        read again from its beginning; what is known already is dropped.
        """
        kept: list[ConsumerRecord[Any, Any]] = []
        rewound: set[tuple[str, int]] = set()
        for record in records:
            place = (record.topic, record.partition)
            if place in rewound:
                continue
            seen = self._seen.setdefault(place, set())
            epoch = _epoch(record)
            if epoch not in seen and seen and record.offset > 0 and self._consumer is not None:
                log.warning("kafka_autre_epoque", lecteur=self.lecteur, topic=record.topic, partition=record.partition)
                self._consumer.seek(TopicPartition(*place), 0)
                rewound.add(place)
            seen.add(epoch)
            kept.append(record)
        return [r for r in kept if (r.topic, r.partition) not in rewound]

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

    async def _commit(self, arrivals: Sequence[Arrival], records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(LANE, self.lecteur)
            streams = list({a.stream for a in arrivals})
            before = await self._positions(connection, streams)
            parked = await self._garage.load(connection, streams)
            queue, waiting = _in_order(arrivals, before, parked)
            taken = await self._fold(connection, queue, before, waiting)
            await self._garage.write(connection, waiting, freed=[(f.stream, f.version) for f in taken], known=parked)
            await self._advance(connection, taken, before)
            await self._checkpoint(connection, records)
        if taken:
            telemetry.PROJECTED.labels(self.lecteur).inc(len(taken))
            telemetry.PROJECTION_LAG.labels(self.lecteur).set(telemetry.age(taken[-1].instant))

    async def _fold(
        self,
        connection: Connection,
        queue: Mapping[UUID, list[Parked]],
        before: Mapping[UUID, int],
        waiting: dict[UUID, list[Parked]],
    ) -> list[Recorded[Any]]:
        """Fold each stream's facts in order; a fact that cannot be read or folded moves, with all after it, to `waiting`."""
        ready: dict[UUID, list[tuple[Parked, Recorded[Any] | None]]] = {}
        for stream, facts in queue.items():
            ready[stream] = []
            for n, fact in enumerate(facts):
                try:
                    ready[stream].append((fact, self._decode(fact)))
                except EvenementIllisible as error:
                    waiting.setdefault(stream, []).extend(f.because(f"poison: {error}") for f in facts[n:])
                    break
        known = [fait for facts in ready.values() for _, fait in facts if fait is not None]
        changes: list[Change] = [change(v) for v in self._vues]
        lot = Lot(changes)
        await lot.load(connection, known)
        taken: list[Recorded[Any]] = []
        for stream, pairs in ready.items():
            for n, (fact, fait) in enumerate(pairs):
                try:
                    if fait is not None:
                        lot.apply(fait)
                except Exception as error:  # noqa: BLE001 - a fold may fail in any way; its stream waits, others go on
                    log.error(
                        "fait_gare", lecteur=self.lecteur, stream=str(stream), version=fact.version,
                        erreur=type(error).__name__,
                    )  # fmt: skip
                    reason = f"poison: {type(error).__name__}"
                    waiting.setdefault(stream, []).extend(f.because(reason) for f, _ in pairs[n:])
                    break
                taken.append(fait if fait is not None else fact.bare())
        # Until here nothing was written, so that a reaction's append can be its transaction's first write.
        for reaction in self._reactions:
            await reaction.before(connection, taken)
        await lot.write(connection)
        return taken

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

    async def _advance(
        self, connection: Connection, taken: Sequence[Recorded[Any]], before: Mapping[UUID, int]
    ) -> None:
        """Compare-and-set of every stream's position: two copies can never both apply the same fact."""
        after = {fait.stream: fait.version for fait in taken}
        if not after:
            return
        moved = await connection.fetchval(
            """WITH v AS (SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[]) AS t(stream_id, avant, apres)),
               u AS (UPDATE faits.positions p SET version = v.apres FROM v
                      WHERE p.lecteur = $1 AND p.stream_id = v.stream_id AND p.version = v.avant AND v.avant > 0 RETURNING 1),
               i AS (INSERT INTO faits.positions (lecteur, stream_id, version)
                     SELECT $1, stream_id, apres FROM v WHERE avant = 0 ON CONFLICT DO NOTHING RETURNING 1)
               SELECT (SELECT count(*) FROM u) + (SELECT count(*) FROM i)""",
            self.lecteur, list(after), [before.get(s, 0) for s in after], list(after.values()),
        )  # fmt: skip
        if moved != len(after):
            raise Concurrence

    async def _checkpoint(self, connection: Connection, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        last: dict[tuple[str, int], ConsumerRecord[Any, Any]] = {(r.topic, r.partition): r for r in records}
        if not last:
            return
        epochs = [_epoch(r) for r in last.values()]
        await connection.execute(
            """INSERT INTO faits.lectures_kafka (lecteur, topic, partition, epoque, prochain)
               SELECT $1, * FROM unnest($2::text[], $3::int[], $4::text[], $5::bigint[])
               ON CONFLICT (lecteur, topic, partition) DO UPDATE SET epoque = EXCLUDED.epoque, prochain = EXCLUDED.prochain""",
            self.lecteur, [t for t, _ in last], [p for _, p in last], epochs, [r.offset + 1 for r in last.values()],
        )  # fmt: skip

    async def _park(self, arrivals: Sequence[Arrival], reason: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(LANE, self.lecteur)
            streams = list({a.stream for a in arrivals})
            before = await self._positions(connection, streams)
            parked = await self._garage.load(connection, streams)
            queue, waiting = _in_order(arrivals, before, parked)
            for stream, facts in queue.items():
                waiting.setdefault(stream, []).extend(f.because(reason) for f in facts)
            await self._garage.write(connection, waiting, freed=(), known=parked)
        log.error("flux_gare", lecteur=self.lecteur, streams=[str(s) for s in streams], raison=reason)

    async def replay(self) -> int:
        """Try the parked streams again, in order; answers how many facts are still parked."""
        async with self._pool.acquire() as connection:
            streams = await self._garage.streams(connection)
        for stream in streams:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(LANE, self.lecteur)
                before = await self._positions(connection, [stream])
                parked = await self._garage.load(connection, [stream])
                queue, waiting = _in_order((), before, parked, again=True)
                taken = await self._fold(connection, queue, before, waiting)
                freed = [(f.stream, f.version) for f in taken]
                await self._garage.write(connection, waiting, freed=freed, known=parked)
                await self._advance(connection, taken, before)
        async with self._pool.acquire() as connection:
            return await self._garage.count(connection)


def _epoch(record: ConsumerRecord[Any, Any]) -> str:
    return next((value.decode() for name, value in record.headers if name == "ce_epoque"), "")


def _in_order(
    arrivals: Iterable[Arrival],
    before: Mapping[UUID, int],
    parked: Mapping[UUID, Mapping[int, Parked]],
    again: bool = False,
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
        poisoned = not again and any(f.reason.startswith("poison") for f in parked.get(stream, {}).values())
        reason = "derriere" if poisoned else "trou"
        next_ = before.get(stream, 0) + 1
        for version in sorted(by_version):
            fact = by_version[version]
            if version < next_:
                continue
            if version == next_ and not poisoned:
                queue.setdefault(stream, []).append(fact)
                next_ += 1
            else:
                waiting.setdefault(stream, []).append(fact if fact.reason else fact.because(reason))
    return queue, waiting
