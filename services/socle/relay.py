"""Store → Kafka: every fact, in the order of its stream, at least once; known duplicates only after a fault.

One copy leads, by an advisory lock on the connection that also moves the cursor: a copy that lost the lock has lost the
cursor with it. The cursor moves after every acknowledgement of a batch. It belongs to one life of the database and one of
the broker (`epoque`); when either began anew, everything is sent again and consumers drop what they know.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import RecordMetadata

from contracts.envelope import Enveloppe, dataschema, en_tetes, lire, type_ce
from services.socle import telemetry
from services.socle.database import Connection, connect
from services.socle.store import START, Row, epoch, follow

log = structlog.get_logger()

BUSY, IDLE = 0.002, 0.025
"""Seconds between two looks at the store: while facts come, and at most when none do."""

DELIVERY = 30.0
"""Seconds a batch may take to be acknowledged; after that the producer is made anew (its own deadline never expires)."""


class AutreVie(Exception):
    """The broker answered with an offset it has given before: it lost its data. Everything is sent again."""


class Cursor(msgspec.Struct):
    """How far the relay has come. `witnesses`: per partition, the last offset the broker gave and for which fact."""

    epoque: str
    after: tuple[str, int]
    witnesses: dict[int, tuple[int, str]]


class Relay:
    """Sends the facts of `service`'s store to `topic`. `run` until cancelled; several copies may run, one leads."""

    def __init__(
        self, service: str, dsn: str, topic: str, kafka: Callable[[], dict[str, Any]], largest: int = 2000
    ) -> None:
        self.service, self.topic, self.largest = service, topic, largest
        self._dsn, self._kafka = dsn, kafka
        self._name = f"relais:{service}"

    async def run(self) -> None:
        """Lead when it is our turn; begin again after any fault, never skipping."""
        pause = 0.05
        while True:
            try:
                await self._lead()
                pause = 0.05
            except (
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                OSError,
                KafkaError,
                TimeoutError,
                AutreVie,
            ) as error:
                log.warning("relais_recommence", service=self.service, raison=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _lead(self) -> None:
        connection = await connect(self._dsn)
        try:
            while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", self._name):
                await asyncio.sleep(0.2)
            producer = AIOKafkaProducer(
                acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=262144, request_timeout_ms=10000,
                **self._kafka(),
            )  # fmt: skip
            try:
                await producer.start()
                partitions = len(await producer.partitions_for(self.topic))
                cursor = await self._resume(connection)
                log.info("relais_mene", service=self.service, epoque=cursor.epoque)
                await self._pump(connection, producer, cursor, partitions)
            finally:
                await _stop(producer)
        finally:
            connection.terminate()

    async def _resume(self, connection: Connection) -> Cursor:
        """The cursor, if database and broker are still those it was made for; else a new epoch, from the start."""
        database = await epoch(connection)
        row = await connection.fetchrow(
            "SELECT epoque, txid::text AS txid, pos, temoins FROM faits.curseurs WHERE nom = $1", self._name
        )
        if row is not None and row["epoque"].startswith(f"{database}/"):
            witnesses = msgspec.json.decode(row["temoins"], type=dict[int, tuple[int, str]])
            cursor = Cursor(row["epoque"], (row["txid"], row["pos"]), witnesses)
            if await self._still_there(cursor):
                return cursor
        cursor = Cursor(f"{database}/{uuid4().hex[:12]}", START, {})
        log.warning("relais_nouvelle_epoque", service=self.service, epoque=cursor.epoque, premiere=row is None)
        await self._save(connection, cursor)
        return cursor

    async def _still_there(self, cursor: Cursor) -> bool:
        """Whether the broker still holds, at the last offsets it gave, the facts it gave them for.

        Its ends alone would not tell: a broker that lost everything may already have been filled past that offset.
        """
        places = {TopicPartition(self.topic, p): witness for p, witness in cursor.witnesses.items()}
        if not places:
            return True
        consumer = AIOKafkaConsumer(auto_offset_reset="none", enable_auto_commit=False, **self._kafka())
        await consumer.start()
        try:
            consumer.assign(list(places))
            first, end = await consumer.beginning_offsets(list(places)), await consumer.end_offsets(list(places))
            for place, (offset, fact) in places.items():
                if end[place] <= offset:
                    return False
                if first[place] > offset:  # the operator's retention took it; what follows is ours
                    continue
                consumer.seek(place, offset)
                async with asyncio.timeout(DELIVERY):
                    record = await consumer.getone(place)
                if lire(record.headers).id.hex != fact:
                    return False
            return True
        except OffsetOutOfRangeError:
            return False
        finally:
            await consumer.stop()

    async def _pump(self, connection: Connection, producer: AIOKafkaProducer, cursor: Cursor, partitions: int) -> None:
        pause = BUSY
        while True:
            rows = await follow(connection, cursor.after, self.largest)
            if not rows:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, IDLE)
                continue
            pause = BUSY
            async with asyncio.timeout(DELIVERY):
                # A list, not a generator: each send must be queued before the next, or a stream's order is lost.
                sent = [await self._send(producer, row, cursor.epoque, partitions) for row in rows]
                acknowledged = await asyncio.gather(*sent)
            if not _note(cursor, rows, acknowledged):
                await self._save(connection, Cursor("", START, {}))
                raise AutreVie
            cursor.after = (rows[-1].txid, rows[-1].pos)
            await self._save(connection, cursor)
            telemetry.RELAYED.labels(self.service).inc(len(rows))
            telemetry.RELAY_LAG.labels(self.service).set(telemetry.age(rows[-1].instant))

    async def _send(
        self, producer: AIOKafkaProducer, row: Row, epoque: str, partitions: int
    ) -> asyncio.Future[RecordMetadata]:
        sent: asyncio.Future[RecordMetadata] = await producer.send(
            self.topic,
            row.data,
            key=str(row.stream).encode(),
            partition=partition_of(row.stream, partitions),
            headers=en_tetes(enveloppe(self.service, row, epoque)),
        )
        return sent

    async def _save(self, connection: Connection, cursor: Cursor) -> None:
        await connection.execute(
            """INSERT INTO faits.curseurs (nom, epoque, txid, pos, temoins) VALUES ($1, $2, $3::text::xid8, $4, $5)
               ON CONFLICT (nom) DO UPDATE SET epoque = EXCLUDED.epoque, txid = EXCLUDED.txid, pos = EXCLUDED.pos,
                                               temoins = EXCLUDED.temoins""",
            self._name, cursor.epoque, *cursor.after, msgspec.json.encode(cursor.witnesses).decode(),
        )  # fmt: skip


def partition_of(stream: UUID, partitions: int) -> int:
    """Where a stream's facts go: always the same place, whoever computes it."""
    return zlib.crc32(stream.bytes) % partitions


def enveloppe(service: str, row: Row, epoque: str) -> Enveloppe:
    """The CloudEvents envelope of a stored fact."""
    return Enveloppe(
        id=row.id,
        source=f"/{service}",
        type=type_ce(service, row.type),
        subject=row.stream,
        time=row.instant,
        dataschema=dataschema(service, row.type, row.schema_version),
        streamversion=row.version,
        organisation=row.organisation,
        auteur=row.auteur,
        correlationid=row.correlation,
        causationid=row.causation,
        partitionkey=str(row.stream),
        schemaversion=row.schema_version,
        epoque=epoque,
        traceparent=row.trace,
    )


def _note(cursor: Cursor, rows: Sequence[Row], acknowledged: Sequence[RecordMetadata]) -> bool:
    """Remember the last offset of each partition; False when an offset was given before."""
    for row, metadata in zip(rows, acknowledged, strict=True):
        # -1: the broker recognised a repeated send; it told the offset the first time.
        if metadata.offset < 0:
            continue
        if metadata.offset <= cursor.witnesses.get(metadata.partition, (-1, ""))[0]:
            return False
        cursor.witnesses[metadata.partition] = (metadata.offset, row.id.hex)
    return True


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stop without waiting for a broker that does not answer: what was not acknowledged is sent again anyway."""
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except (TimeoutError, KafkaError, OSError):
        log.info("relais_producteur_abandonne")
