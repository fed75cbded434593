"""Store → Kafka: every fact, in the order of its stream, at least once; known duplicates only after a fault.

One copy leads, by an advisory lock on the connection that also moves the cursor: a copy that lost the lock has lost the
cursor with it. The cursor moves after every acknowledgement of a batch. It belongs to one life of the database and one of
the broker (`epoque`); when either began anew, everything is sent again and consumers drop what they know.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import OutOfOrderSequenceNumber
from aiokafka.structs import RecordMetadata

from contracts.envelope import Enveloppe, dataschema, en_tetes, type_ce
from services.socle.base import telemetry, tracing
from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.delivery import cursor as cursors
from services.socle.delivery.cursor import Cursor, Kafka
from services.socle.delivery.leader import lead_always
from services.socle.facts.store import Row, follow, foreign

log = structlog.get_logger()

BUSY, IDLE = 0.002, 0.025
"""Seconds between two looks at the store: while facts come, and at most when none do."""

WATCH = 5.0
"""Seconds of silence between two looks at whether the broker still holds what it took."""


class Restauree(Exception):
    """Facts bear the transaction ids of another cluster: read in their order they would be skipped. `maillage migrer`."""


class Relay:
    """Sends the facts of `service`'s store to `topic`. `run` until cancelled; several copies may run, one leads."""

    def __init__(self, service: str, dsn: str, topic: str, kafka: Kafka, largest: int = 2000) -> None:
        self.service, self.topic, self.largest = service, topic, largest
        self._dsn, self._kafka = dsn, kafka
        self._name = f"relais:{service}"

    async def run(self) -> None:
        """Lead when it is our turn; begin again after any fault, never skipping."""
        await lead_always(self._dsn, self._name, self._lead)

    async def _lead(self, connection: Connection) -> None:
        point("relais.meneur")
        if await foreign(connection):
            raise Restauree
        consumer, producer = cursors.verifier(self._kafka), cursors.producer(self._kafka)
        try:
            await consumer.start()
            await producer.start()
            partitions = len(await producer.partitions_for(self.topic))
            cursor = await cursors.resume(connection, consumer, self._name, self.topic)
            log.info("relais_mene", service=self.service, epoque=cursor.epoque)
            await self._pump(connection, consumer, producer, cursor, partitions)
        finally:
            await cursors.stop(producer, consumer)

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
            rows = await follow(connection, cursor.after, self.largest)
            if not rows:
                # Only in a silence: what is sent tells as much by the offset it is given, and would wait for the look.
                if time.monotonic() - watched > WATCH:
                    await self._watch(connection, consumer, cursor)
                    watched = time.monotonic()
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, IDLE)
                continue
            pause, start = BUSY, time.time_ns()
            point("relais.lu")
            try:
                async with asyncio.timeout(cursors.DELIVERY):
                    acknowledged = await self._deliver(producer, rows, cursor.epoque, partitions)
            except OutOfOrderSequenceNumber:
                # Our sends never expire, so their numbers have no hole: the broker has lost those before, or gives the
                # name under which it counts ours to two producers, as one does that was emptied.
                await self._begin_anew(connection)
            point("relais.acquitte")
            if not cursor.note([row.id for row in rows], acknowledged):
                await self._begin_anew(connection)
            cursor.after = (rows[-1].txid, rows[-1].pos)
            await cursors.save(connection, self._name, cursor, durable=False)
            watched = time.monotonic()
            point("relais.curseur")
            causes = (row.trace for row in rows)
            tracing.after(
                f"relais {self.service}", tracing.SpanKind.PRODUCER, causes, start, **{"maillage.lot": len(rows)}
            )
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
        await cursors.forget(connection, self._name)
        raise cursors.AutreVie

    async def _watch(self, connection: Connection, consumer: AIOKafkaConsumer, cursor: Cursor) -> None:
        """A broker that loses its data while we have nothing to send would keep its consumers waiting until we have."""
        if not await cursors.still_there(consumer, cursor.places(self.topic)):
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
