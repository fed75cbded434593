"""Store → Kafka: every fact, in the order of its stream, at least once; known duplicates only after a fault.

One copy leads, by an advisory lock on the connection that also moves the cursor: a copy that lost the lock has lost the
cursor with it. The cursor moves after every acknowledgement of a batch. It belongs to one life of the database and one of
the broker (`epoque`); when either began anew, everything is sent again and consumers drop what they know.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn
from uuid import UUID, uuid4

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import RecordMetadata

from contracts.envelope import Enveloppe, EnveloppeIllisible, dataschema, en_tetes, lire, type_ce
from services.socle import telemetry
from services.socle.database import Connection, connect
from services.socle.logging import ou
from services.socle.points import point
from services.socle.store import START, Row, epoch, follow, foreign

log = structlog.get_logger()

BUSY, IDLE = 0.002, 0.025
"""Seconds between two looks at the store: while facts come, and at most when none do."""

DELIVERY = 30.0
"""Seconds a batch may take to be acknowledged; after that the producer is made anew (its own deadline never expires)."""

WATCH = 5.0
"""Seconds between two looks at whether the broker still holds what it took."""


class AutreVie(Exception):
    """The broker answered with an offset it has given before: it lost its data. Everything is sent again."""


class Restauree(Exception):
    """Facts bear the transaction ids of another cluster: read in their order they would be skipped. `maillage migrer`."""


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
        self._led = False

    async def run(self) -> None:
        """Lead when it is our turn; begin again after any fault, never skipping."""
        pause = 0.05
        while True:
            try:
                await self._lead()
            except Exception as error:  # noqa: BLE001 - whatever it is, beginning again from the cursor skips nothing
                log.warning("relais_recommence", service=self.service, raison=type(error).__name__, ou=ou(error))
                pause = 0.05 if self._led else min(pause * 2, 2.0)
                await asyncio.sleep(pause)

    async def _lead(self) -> None:
        self._led = False
        connection = await connect(self._dsn)
        try:
            while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", self._name):
                await asyncio.sleep(0.2)
            point("relais.meneur")
            consumer = AIOKafkaConsumer(auto_offset_reset="none", enable_auto_commit=False, **self._kafka())
            producer = AIOKafkaProducer(
                acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=262144, request_timeout_ms=10000,
                **self._kafka(),
            )  # fmt: skip
            try:
                await consumer.start()
                await producer.start()
                partitions = len(await producer.partitions_for(self.topic))
                cursor = await self._resume(connection, consumer)
                log.info("relais_mene", service=self.service, epoque=cursor.epoque)
                self._led = True
                await self._pump(connection, consumer, producer, cursor, partitions)
            finally:
                await _stop(producer, consumer)
        finally:
            connection.terminate()

    async def _resume(self, connection: Connection, consumer: AIOKafkaConsumer) -> Cursor:
        """The cursor, if database and broker are still those it was made for; else a new epoch, from the start."""
        database = await epoch(connection)
        if await foreign(connection):
            raise Restauree
        row = await connection.fetchrow(
            "SELECT epoque, txid::text AS txid, pos, temoins FROM faits.curseurs WHERE nom = $1", self._name
        )
        if row is not None and row["epoque"].startswith(f"{database}/"):
            witnesses = msgspec.json.decode(row["temoins"], type=dict[int, tuple[int, str]])
            cursor = Cursor(row["epoque"], (row["txid"], row["pos"]), witnesses)
            if await self._still_there(consumer, cursor):
                return cursor
        cursor = Cursor(f"{database}/{uuid4().hex[:12]}", START, {})
        log.warning("relais_nouvelle_epoque", service=self.service, epoque=cursor.epoque, premiere=row is None)
        await self._save(connection, cursor)
        point("relais.epoque")
        return cursor

    async def _still_there(self, consumer: AIOKafkaConsumer, cursor: Cursor) -> bool:
        """Whether the broker still holds, at the last offsets it gave, the facts it gave them for.

        Its ends alone would not tell: a broker that lost everything may already have been filled past that offset.
        """
        places = {TopicPartition(self.topic, p): witness for p, witness in cursor.witnesses.items()}
        if not places:
            return True
        first, end = await consumer.beginning_offsets(list(places)), await consumer.end_offsets(list(places))
        if any(end[place] <= offset for place, (offset, _) in places.items()):
            return False
        # Where the operator's retention took the witness, what follows is ours.
        left = {place: witness for place, witness in places.items() if first[place] <= witness[0]}
        consumer.assign(list(left))
        try:
            for place, (offset, fact) in left.items():
                consumer.seek(place, offset)
                async with asyncio.timeout(DELIVERY):
                    record = await consumer.getone(place)
                if lire(record.headers).id.hex != fact:
                    return False
        except (OffsetOutOfRangeError, EnveloppeIllisible):
            return False
        finally:
            consumer.unsubscribe()
        return True

    async def _pump(
        self,
        connection: Connection,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        cursor: Cursor,
        partitions: int,
    ) -> None:
        pause, watched = BUSY, time.monotonic()
        while True:
            if time.monotonic() - watched > WATCH:
                await self._watch(connection, consumer, cursor)
                watched = time.monotonic()
            rows = await follow(connection, cursor.after, self.largest)
            if not rows:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, IDLE)
                continue
            pause = BUSY
            point("relais.lu")
            async with asyncio.timeout(DELIVERY):
                acknowledged = await self._deliver(producer, rows, cursor.epoque, partitions)
            point("relais.acquitte")
            if not _note(cursor, rows, acknowledged):
                await self._begin_anew(connection)
            cursor.after = (rows[-1].txid, rows[-1].pos)
            await self._save(connection, cursor)
            point("relais.curseur")
            telemetry.RELAYED.labels(self.service).inc(len(rows))
            telemetry.RELAY_LAG.labels(self.service).set(telemetry.age(rows[-1].instant))

    async def _deliver(
        self, producer: AIOKafkaProducer, rows: Sequence[Row], epoque: str, partitions: int
    ) -> list[RecordMetadata]:
        sent = []
        for n, row in enumerate(rows):
            if n == len(rows) // 2:
                point("relais.a_moitie")
            # Each send must be queued before the next, or a stream's order is lost.
            sent.append(await self._send(producer, row, epoque, partitions))
        point("relais.confie")
        return await asyncio.gather(*sent)

    async def _begin_anew(self, connection: Connection) -> NoReturn:
        """Forget the cursor, so that whoever leads next sends everything in a new epoch, even if we end here."""
        await self._save(connection, Cursor("", START, {}))
        raise AutreVie

    async def _watch(self, connection: Connection, consumer: AIOKafkaConsumer, cursor: Cursor) -> None:
        """A broker that loses its data while we have nothing to send would keep its consumers waiting until we have."""
        if not await self._still_there(consumer, cursor):
            await self._begin_anew(connection)

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
    repeated: dict[int, int] = {}
    for row, metadata in zip(rows, acknowledged, strict=True):
        partition, offset = metadata.partition, metadata.offset
        # A repeated send that the broker recognised has no offset: its records are counted from -1. It told the offsets
        # the first time, to nobody.
        if offset < 0 or repeated.get(partition) == offset:
            repeated[partition] = offset + 1
            continue
        repeated.pop(partition, None)
        if offset <= cursor.witnesses.get(partition, (-1, ""))[0]:
            return False
        cursor.witnesses[partition] = (offset, row.id.hex)
    return True


async def _stop(producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
    """Stop without waiting for a broker that does not answer: what was not acknowledged is sent again anyway."""
    for client in (producer, consumer):
        try:
            async with asyncio.timeout(2):
                await client.stop()
        except (TimeoutError, KafkaError, OSError):
            log.info("relais_client_abandonne", client=type(client).__name__)
    # Abandoned, the producer's sender would go on trying for ever, and send its facts among those of its successors.
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
        with suppress(TimeoutError, KafkaError, OSError):
            async with asyncio.timeout(2):
                await producer.client.close()
