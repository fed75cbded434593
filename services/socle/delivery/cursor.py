"""How far a sender to Kafka has come, and whether that still means anything.

A cursor belongs to one life of the database and one of the broker (`epoque`). Transaction ids mean nothing in another
cluster, offsets nothing on a broker that lost its data: when either began anew, everything is sent again under a new epoch
and readers drop what they know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import RecordMetadata

from contracts.envelope import EnveloppeIllisible, lire
from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.facts.store import START, epoch

log = structlog.get_logger()

Kafka: TypeAlias = Callable[[], dict[str, Any]]
"""The arguments of a Kafka client, made when one is needed."""

DELIVERY = 30.0
"""Seconds a batch may take to be acknowledged; after that the producer is made anew (its own deadline never expires)."""

Witnesses: TypeAlias = Mapping[TopicPartition, tuple[int, str]]
"""Per partition, the last offset the broker gave, and the fact it gave it for."""


class AutreVie(KafkaError):  # type: ignore[misc]  # aiokafka ships no types
    """The broker answered with an offset it has given before: it lost its data. Everything is sent again."""


class Cursor(msgspec.Struct):
    """How far a sender has come. `witnesses`: per partition, the last offset the broker gave and for which fact."""

    epoque: str
    after: tuple[str, int] = START
    witnesses: dict[int, tuple[int, str]] = msgspec.field(default_factory=dict)

    def note(self, facts: Sequence[UUID], acknowledged: Sequence[RecordMetadata]) -> bool:
        """Remember the last offset of each partition; False when an offset was given before."""
        repeated: dict[int, int] = {}
        for fact, metadata in zip(facts, acknowledged, strict=True):
            partition, offset = metadata.partition, metadata.offset
            # A repeated send that the broker recognised has no offset: its records are counted from -1. It told the
            # offsets the first time, to nobody.
            if offset < 0 or repeated.get(partition) == offset:
                repeated[partition] = offset + 1
                continue
            repeated.pop(partition, None)
            if offset <= self.witnesses.get(partition, (-1, ""))[0]:
                return False
            self.witnesses[partition] = (offset, fact.hex)
        return True

    def places(self, topic: str) -> Witnesses:
        return {TopicPartition(topic, partition): witness for partition, witness in self.witnesses.items()}


async def resume(connection: Connection, consumer: AIOKafkaConsumer, name: str, topic: str) -> Cursor:
    """The cursor `name`, if database and broker are still those it was made for; else a new one, from the start."""
    database = await epoch(connection)
    row = await connection.fetchrow(
        "SELECT epoque, txid::text AS txid, pos, temoins FROM faits.curseurs WHERE nom = $1", name
    )
    if row is not None and row["epoque"].startswith(f"{database}/"):
        witnesses = msgspec.json.decode(row["temoins"], type=dict[int, tuple[int, str]])
        cursor = Cursor(row["epoque"], (row["txid"], row["pos"]), witnesses)
        if await still_there(consumer, cursor.places(topic)):
            return cursor
    cursor = Cursor(f"{database}/{uuid4().hex[:12]}")
    log.warning("nouvelle_epoque", nom=name, epoque=cursor.epoque, premiere=row is None)
    await save(connection, name, cursor)
    point("relais.epoque")
    return cursor


async def save(connection: Connection, name: str, cursor: Cursor, durable: bool = True) -> None:
    """Note how far it has come. Not `durable`: a crash of the database may set it back a little, and something is sent
    twice; nobody waits for the disk then."""
    await connection.execute(
        """INSERT INTO faits.curseurs (nom, epoque, txid, pos, temoins)
           SELECT $1, $2, $3::text::xid8, $4, $5 FROM set_config('synchronous_commit', $6, true)
           ON CONFLICT (nom) DO UPDATE SET epoque = EXCLUDED.epoque, txid = EXCLUDED.txid, pos = EXCLUDED.pos,
                                           temoins = EXCLUDED.temoins""",
        name, cursor.epoque, *cursor.after, msgspec.json.encode(cursor.witnesses).decode(), "on" if durable else "off",
    )  # fmt: skip


async def forget(connection: Connection, name: str) -> None:
    """The next `resume` begins a new epoch, even if we end here."""
    await save(connection, name, Cursor(""))


async def reaches(consumer: AIOKafkaConsumer, witnesses: Witnesses) -> set[TopicPartition]:
    """Those partitions that are at least as long as their witness says: a cheap look, that a refilled broker passes."""
    end = await consumer.end_offsets(list(witnesses)) if witnesses else {}
    return {place for place, (offset, _) in witnesses.items() if end[place] > offset}


async def still_there(consumer: AIOKafkaConsumer, witnesses: Witnesses) -> bool:
    """Whether the broker still holds, at the last offsets it gave, the facts it gave them for.

    Its ends alone would not tell: a broker that lost everything may already have been filled past that offset.
    """
    if not witnesses:
        return True
    if len(await reaches(consumer, witnesses)) < len(witnesses):
        return False
    # Where the operator's retention took the witness, what follows is ours.
    first = await consumer.beginning_offsets(list(witnesses))
    left = {place: witness for place, witness in witnesses.items() if first[place] <= witness[0]}
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


def producer(kafka: Kafka) -> AIOKafkaProducer:
    """The one way we send: every fact acknowledged by all replicas, none twice through a retry, in order."""
    return AIOKafkaProducer(
        acks="all", enable_idempotence=True, max_batch_size=262144, request_timeout_ms=10000, **kafka()
    )


def verifier(kafka: Kafka) -> AIOKafkaConsumer:
    """A consumer that only looks whether what was sent is there."""
    # It reads one record of each partition, whose others may be empty by then: the broker must not wait for them.
    return AIOKafkaConsumer(auto_offset_reset="none", enable_auto_commit=False, fetch_max_wait_ms=20, **kafka())


async def stop(sending: AIOKafkaProducer, looking: AIOKafkaConsumer) -> None:
    """Stop without waiting for a broker that does not answer: what was not acknowledged is sent again anyway."""
    for client in (sending, looking):
        try:
            async with asyncio.timeout(2):
                await client.stop()
        except (TimeoutError, KafkaError, OSError):
            log.info("client_kafka_abandonne", client=type(client).__name__)
    # Abandoned, the producer's sender would go on trying for ever, and send its facts among those of its successors.
    sender = sending._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
        with suppress(TimeoutError, KafkaError, OSError):
            async with asyncio.timeout(2):
                await sending.client.close()
