"""The bare broker: what a producer and a consumer do when they have nothing else to do."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.envelope import en_tetes
from services.socle.base.database import connect
from services.socle.delivery.relay import enveloppe, partition_of
from services.socle.facts.store import START, follow


async def produire(suite: str, bootstrap: str, topic: str, partitions: int) -> float:
    """Messages a second of a producer that has nothing else to do."""
    messages = await _messages(suite, partitions)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=262144
    )
    await producer.start()
    await producer.partitions_for(topic)
    gc.freeze()  # what was prepared is no garbage of the producer's
    start = time.perf_counter()
    sent = [
        await producer.send(topic, value, key=key, partition=partition, headers=headers)
        for value, key, partition, headers in messages
    ]
    await asyncio.gather(*sent)
    spent = time.perf_counter() - start
    await producer.stop()
    return len(messages) / spent


async def _messages(suite: str, partitions: int) -> list[tuple[bytes, bytes, int, list[tuple[str, bytes]]]]:
    """What the relay would send: value, key, partition, headers."""
    connection = await connect(suite)
    found: list[Any] = []
    after = START
    while rows := await follow(connection, after, 5000):
        after = (rows[-1].txid, rows[-1].pos)
        found += [
            (
                r.data,
                str(r.stream).encode(),
                partition_of(r.stream, partitions),
                en_tetes(enveloppe("dossiers", r, "banc")),
            )
            for r in rows
        ]
    await connection.close()
    return found


async def produire_et_lire(bootstrap: str, topic: str, debit: float, combien: int) -> list[float]:
    """Seconds from send to receipt of each message, through the broker and nothing else."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    await producer.start()
    await consumer.start()
    sent: list[float] = []
    delays: list[float] = []

    async def lire() -> None:
        while len(delays) < combien:
            message = await consumer.getone()
            delays.append(time.perf_counter() - sent[int(message.value[:8])])

    async with asyncio.timeout(120):
        reading = asyncio.create_task(lire())
        start = time.perf_counter()
        for n in range(combien):
            await asyncio.sleep(max(0.0, start + n / debit - time.perf_counter()))
            sent.append(time.perf_counter())
            await producer.send(topic, b"%08d" % n + bytes(1200), partition=n % 6)
        await reading
    await consumer.stop()
    await producer.stop()
    return delays
