"""Between Kafka and a projector: every message is brought, from where the database says, whatever becomes of the consumer.

FastStream runs the consumer, and passes over whatever a handler raises; aiokafka's own offsets are where Kafka thinks we
are. So the places that count are kept here: what each partition continues with, and which life of the broker it is in.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from typing import Any

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from services.socle.base import telemetry
from services.socle.base.points import point
from services.socle.views.arrival import Arrival, Place, Records, place_of, readable
from services.socle.views.projector import Projector, Recul

log = structlog.get_logger()

WATCH, LOOKS = 2.0, 5
"""Seconds between two looks at whether the reader moves, and how many in a row must find it still."""

TELL = 1.0
"""Seconds between two times that Kafka is told where we are: each would cost every batch a round trip."""

MOST, PATIENCE = 2000, 500
"""Records taken at once, and milliseconds one waits for the first of them."""

STOP = 12.0
"""Seconds a consumer may take to stop; what it had in hand is read again."""


class Follower:
    """Brings `projector` what its topics hold."""

    def __init__(self, projector: Projector) -> None:
        self._projector, self.lecteur = projector, projector.lecteur
        self._subscriber: Any = None
        self._consumer: Any = None
        self.next: dict[Place, int | None] = {}
        """Where each partition we were sent to continues; None at its beginning, wherever that is."""
        self._done: dict[Place, int] = {}
        """How far we committed of each partition we have: at every batch the database has to know at least that."""
        self._again: dict[Place, int] = {}
        self._seen: dict[Place, set[str]] = {}
        self._lives: dict[Place, str] = {}
        self._busy = False
        self._told = 0.0

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
                here = {place: offset for place, (_, offset) in (await self._projector.left()).items()}
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, KafkaError):
                continue
            arrived = all(here.get(place, 0) == end for place, end in ends.items())
            still = still + 1 if here == before and not arrived and not self._busy else 0
            before = here
        log.warning("projection_immobile", lecteur=self.lecteur)

    async def _ends(self) -> dict[Place, int]:
        consumer = self._subscriber.consumer
        partitions = [
            TopicPartition(t, n) for t in self._projector.topics for n in consumer.partitions_for_topic(t) or ()
        ]
        return {(p.topic, p.partition): end for p, end in (await consumer.end_offsets(partitions)).items()}

    def subscribe(self, broker: KafkaBroker) -> None:
        """Attach to `broker` as one batch subscriber, raw bytes, acknowledged by hand after the transaction."""
        follower = self
        self.next.clear()

        class Assigned(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
            async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
                """Nothing to hand over: the database holds the positions."""
                for partition in revoked:
                    follower.next.pop((partition.topic, partition.partition), None)
                    follower._done.pop((partition.topic, partition.partition), None)

            async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
                await follower.resume(subscriber.consumer, assigned)

        async def as_it_came(records: Any) -> KafkaMessage:
            # FastStream's own parser reads every header, and loses the whole batch over one that is not text.
            return KafkaMessage(records, b"", consumer=subscriber.consumer)

        async def raw(message: Any) -> Any:
            return message.raw_message

        subscriber: Any = broker.subscriber(
            *self._projector.topics,
            group_id=self.lecteur,
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_records=MOST,
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

        async def wait(consumer: Any) -> tuple[ConsumerRecord[Any, Any], ...]:
            brought = await consumer.getmany(timeout_ms=PATIENCE, max_records=MOST)
            return tuple(chain.from_iterable(brought.values()))

        # FastStream's own, after waiting in vain, sleeps for as long again, whatever arrives meanwhile.
        subscriber.get_msg = wait

        @subscriber  # type: ignore[untyped-decorator]  # `Any`, see above: FastStream's own types say less than is so
        async def receive(records: Records) -> None:
            try:
                await self.deliver(records)
            except Exception as error:
                log.error("projection_echouee", lecteur=self.lecteur, erreur=type(error).__name__)
                await asyncio.sleep(1)
                self._go_back(records)
                raise
            # Only advice, for whoever watches the group from outside; refused while partitions change hands.
            if (now := time.monotonic()) - self._told > TELL:
                self._told = now
                with suppress(KafkaError):
                    await subscriber.consumer.commit()
            point("projection.acquittee")

    async def resume(self, consumer: Any, assigned: Iterable[TopicPartition]) -> None:
        """Go to where the database says each partition was left; from its start where it says nothing.

        One record back, in truth: if it is not the one we remember, the broker has lost what we read, and `_same_broker`
        will see it even if the partition was filled up again to just this place.
        """
        self._consumer = consumer
        left = await self._projector.insist(self._projector.left)
        for place, (epoch, _) in left.items():
            self._seen.setdefault(place, set()).add(epoch)
        parts, ends = list(assigned), {}
        with suppress(KafkaError):  # a broker that cannot say now tells at the first read, most of the time
            ends = await consumer.end_offsets(parts)
        for partition in parts:
            place = (partition.topic, partition.partition)
            _, offset = left.get(place, ("", None))
            if offset is None or ends.get(partition, offset) < offset:
                await self._projector.begin_again(place)
                self.next[place] = None
                await consumer.seek_to_beginning(partition)
            else:
                self.next[place] = max(0, offset - 1)
                consumer.seek(partition, self.next[place])
            self._again.pop(place, None)
            self._done.pop(place, None)
        await self._projector.count()

    async def deliver(self, records: Records) -> None:
        """Apply what the consumer brought, if it is what follows; else send the consumer back.

        A batch may be lost between broker and database (a copy that stops, an error nobody catches), and the consumer
        would go on behind it. The place where each partition continues is known here, so that this cannot pass.
        """
        self._busy = True
        try:
            records = self._contiguous(records)
            arrivals = readable(records, self.lecteur)
            if rewound := self._same_broker(arrivals):
                records = [r for r in records if place_of(r) not in rewound]
                arrivals = [a for a in arrivals if place_of(a.record) not in rewound]
            await self._projector.receive(arrivals, records, self._lives, self._done)
        except Recul:
            log.warning("projection_reculee", lecteur=self.lecteur)
            await self.resume(self._consumer, [TopicPartition(*place) for place in self.next])
            return
        finally:
            self._busy = False
        for record in records:
            if (place := place_of(record)) in self.next:
                self.next[place] = self._done[place] = record.offset + 1
        telemetry.PROJECTION_BEHIND.labels(self.lecteur).set(self._behind())

    def _contiguous(self, records: Records) -> Records:
        """The records of partitions we were sent to, as long as none is missing."""
        expected = dict(self.next)
        kept: list[ConsumerRecord[Any, Any]] = []
        for record in records:
            place = place_of(record)
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
        for place in {place_of(r) for r in records} & self.next.keys():
            self._consumer.seek(TopicPartition(*place), self.next[place] or 0)

    def _behind(self) -> int:
        """How many records the broker has beyond what was applied, as far as this consumer was told."""
        ends = ((p, self._consumer.highwater(TopicPartition(*p))) for p, n in self.next.items() if n is not None)
        return sum(max(0, end - (self.next[place] or 0)) for place, end in ends if end is not None)

    def _same_broker(self, arrivals: Iterable[Arrival]) -> set[Place]:
        """The partitions that are not what they were, which we went back to the beginning of.

        A broker that lost its data is filled again from the start, and the place where we stood may lie in the middle of
        what we never saw. The relay marks every such life with a new epoch: at the first message of one, the partition is
        read again from its beginning; what is known already is dropped.
        """
        rewound: set[Place] = set()
        for arrival in arrivals:
            place, epoch = place_of(arrival.record), arrival.enveloppe.epoque
            if place in rewound:
                continue
            seen = self._seen.setdefault(place, set())
            if epoch not in seen and seen and arrival.record.offset > 0 and self._consumer is not None:
                log.warning("kafka_autre_epoque", lecteur=self.lecteur, topic=place[0], partition=place[1])
                self._consumer.seek(TopicPartition(*place), 0)
                self.next[place] = None
                rewound.add(place)
            seen.add(epoch)
            self._lives[place] = epoch
        return rewound
