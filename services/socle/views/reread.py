"""A view of what other services tell, made anew: their facts are not kept here, so they are read from Kafka again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.facts.codec import Codec
from services.socle.views.follower import Follower
from services.socle.views.projector import Projector
from services.socle.views.swap import NEW, Bilan, Progress, Swap, create, fingerprint, quiet
from services.socle.views.view import View

PAGE = 5000


class Reread:
    """Rebuilds a view of facts that other services tell, by reading `topics` again from their beginning."""

    def __init__(
        self,
        service: str,
        view: View,
        topics: Mapping[str, Codec[Any]],
        lecteur: str,
        progress: Progress = quiet,
        digest: str = "",
    ) -> None:
        self._service, self._view, self._topics, self._progress = service, view, topics, progress
        self._lecteur, self._mine = lecteur, f"reconstruction:{view.name}"
        self._swap = Swap(view, lecteur, digest)

    async def run(self, owner: Connection, suite: asyncpg.Pool[Any], kafka: Callable[[], dict[str, Any]]) -> Bilan:
        """Read, catch up, compare, swap. The live view answers all along; on any error it stays as it is."""
        start = time.perf_counter()
        await create(owner, self._service, self._view, NEW)
        await self._forget(suite)
        consumer = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **kafka())
        await consumer.start()
        try:
            follower = Follower(Projector(self._mine, suite, self._topics, [self._view], schema=NEW))
            ends = await self._place(consumer, follower)

            async def catch_up() -> bool:
                # The live reader goes on: what is caught up with is where it was, or a busy service would keep us for ever.
                ahead = await self._ahead(suite)
                while not await self._level(suite, ahead):
                    if not await self._read(consumer, follower):
                        return False
                return True

            while any([await consumer.position(place) < end for place, end in ends.items()]):
                await self._read(consumer, follower)
                self._progress(await self._done(suite), sum(ends.values()), time.perf_counter() - start)
            point("reconstruction.remplie")
            await self._swap.wait(catch_up)
            differences = await self._swap.differences(suite)
            await self._swap.run(owner, catch_up)
            done = await self._done(suite)
        finally:
            await consumer.stop()
        await self._forget(suite)
        lines, digest = await fingerprint(suite, self._view)
        return Bilan(self._view.name, done, time.perf_counter() - start, lines, digest, differences)

    async def _place(self, consumer: AIOKafkaConsumer, follower: Follower) -> dict[TopicPartition, int]:
        """Assign every partition, at its beginning; answers where each ends now."""
        known = {topic: await consumer._client._wait_on_metadata(topic) for topic in self._topics}
        places = [TopicPartition(topic, n) for topic, numbers in known.items() for n in sorted(numbers)]
        consumer.assign(places)
        await follower.resume(consumer, places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends

    @staticmethod
    async def _read(consumer: AIOKafkaConsumer, follower: Follower) -> int:
        """Apply what there is; answers how many records that was."""
        batches = await consumer.getmany(timeout_ms=100, max_records=PAGE)
        records = [record for batch in batches.values() for record in batch]
        if records:
            await follower.deliver(records)
        return len(records)

    async def _ahead(self, suite: asyncpg.Pool[Any]) -> list[tuple[UUID, int]]:
        """Where the live reader knows a fact of these topics that this table does not, and how far it has come there."""
        return await suite.fetch(
            """SELECT l.stream_id, l.version FROM faits.positions l
                 LEFT JOIN faits.positions m ON m.lecteur = $2 AND m.stream_id = l.stream_id
                WHERE l.lecteur = $1 AND l.version > coalesce(m.version, 0)
                  AND ($3 OR NOT EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = l.stream_id))""",
            self._lecteur, self._mine, self._service in self._topics,
        )  # fmt: skip

    async def _level(self, suite: asyncpg.Pool[Any], ahead: Sequence[tuple[UUID, int]]) -> bool:
        """Whether this table has come as far as that, at least."""
        if not ahead:
            return True
        return not await suite.fetchval(
            """SELECT EXISTS (
                 SELECT FROM unnest($2::uuid[], $3::int[]) AS l (stream_id, version)
                   LEFT JOIN faits.positions m ON m.lecteur = $1 AND m.stream_id = l.stream_id
                  WHERE l.version > coalesce(m.version, 0))""",
            self._mine, [stream for stream, _ in ahead], [version for _, version in ahead],
        )  # fmt: skip

    async def _done(self, suite: asyncpg.Pool[Any]) -> int:
        """How many facts were folded or passed over."""
        return int(
            await suite.fetchval("SELECT coalesce(sum(version), 0) FROM faits.positions WHERE lecteur = $1", self._mine)
        )

    async def _forget(self, suite: asyncpg.Pool[Any]) -> None:
        """This reader begins at the beginning each time."""
        for table in ("positions", "garage", "lectures_kafka"):
            await suite.execute(f"DELETE FROM faits.{table} WHERE lecteur = $1", self._mine)
