"""Where facts wait that could not be folded: with their whole stream, so that its order is never broken.

A fact waits because an earlier one has not come yet (« trou »), because it cannot be read or folded (« poison »), or
because it stands behind such a one (« derriere »). `maillage rejouer` tries again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from contracts.envelope import Enveloppe, lire
from services.socle.base import tracing
from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.base.recorded import Recorded

TROU, POISON, DERRIERE = "trou", "poison", "derriere"
"""Why a fact waits. After POISON comes what is wrong with it."""


class Parked(Struct, frozen=True):
    """A fact as it came, with the reason it waits (empty: it does not)."""

    topic: str
    enveloppe: Enveloppe
    headers: bytes
    value: bytes
    reason: str = ""

    @classmethod
    def of(cls, record: ConsumerRecord[Any, Any], enveloppe: Enveloppe) -> Parked:
        headers = msgspec.msgpack.encode([(record.topic, b""), *record.headers])
        return cls(record.topic, enveloppe, headers, record.value or b"")

    @property
    def version(self) -> int:
        return self.enveloppe.streamversion

    def because(self, reason: str) -> Parked:
        return msgspec.structs.replace(self, reason=reason)

    def bare(self) -> Recorded[None]:
        """The fact without its event, for a type nothing here reads: its version counts all the same."""
        e = self.enveloppe
        return Recorded(
            e.id, e.subject, e.streamversion, None, e.organisation, e.auteur, e.time, e.correlationid,
            tracing.followed(e.traceparent),
        )  # fmt: skip


class Garage:
    """The parked facts of one reader."""

    def __init__(self, lecteur: str) -> None:
        self._lecteur = lecteur

    async def load(
        self, connection: Connection, streams: Sequence[UUID], left: Mapping[tuple[str, int], int] | None = None
    ) -> tuple[dict[UUID, int], dict[UUID, dict[int, Parked]], bool]:
        """How far the reader has come in each of `streams`, the facts of theirs that are parked, by version, and whether
        it stands before one of the places (topic, partition → offset) where it was `left`."""
        left = left or {}
        rows = await connection.fetch(
            # Both by their whole key: joined by half of it, a plan made while they were empty would read them whole.
            """SELECT stream_id, p.version AS position, g.version, g.en_tetes, g.valeur, g.raison, recul
                 FROM (SELECT EXISTS (SELECT FROM unnest($3::text[], $4::int[], $5::bigint[]) AS l (topic, numero, prochain)
                         LEFT JOIN faits.lectures_kafka k
                           ON k.lecteur = $1 AND k.topic = l.topic AND k.partition = l.numero
                        WHERE k.prochain IS NULL OR k.prochain < l.prochain) AS recul) AS r
                 LEFT JOIN ((SELECT * FROM faits.positions WHERE lecteur = $1 AND stream_id = ANY($2)) p
                 FULL JOIN (SELECT * FROM faits.garage WHERE lecteur = $1 AND stream_id = ANY($2)) g USING (stream_id))
                   ON true""",
            self._lecteur, list(streams), [t for t, _ in left], [n for _, n in left], list(left.values()),
        )  # fmt: skip
        positions = {row["stream_id"]: row["position"] for row in rows if row["position"] is not None}
        found: dict[UUID, dict[int, Parked]] = {}
        for row in rows:
            if row["version"] is not None:
                (topic, _), *headers = msgspec.msgpack.decode(row["en_tetes"], type=list[tuple[str, bytes]])
                fact = Parked(topic, lire(headers), row["en_tetes"], row["valeur"], row["raison"])
                found.setdefault(row["stream_id"], {})[row["version"]] = fact
        return positions, found, rows[0]["recul"]

    async def write(
        self,
        connection: Connection,
        waiting: Mapping[UUID, Sequence[Parked]],
        freed: Iterable[tuple[UUID, int]],
        known: Mapping[UUID, Mapping[int, Parked]],
    ) -> None:
        """Park `waiting`, and let go of `freed` (stream, version), of what is parked already (`known`)."""
        new = [
            (self._lecteur, stream, f.version, f.headers, f.value, f.reason)
            for stream, facts in waiting.items()
            for f in facts
            # A stream that waits for long has much behind it: only what changes is written.
            if (there := known.get(stream, {}).get(f.version)) is None or there.reason != f.reason
        ]
        if new:
            await connection.executemany(
                """INSERT INTO faits.garage (lecteur, stream_id, version, en_tetes, valeur, raison)
                   VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (lecteur, stream_id, version) DO UPDATE SET raison = EXCLUDED.raison""",
                new,
            )
        gone = list(freed)
        if gone:
            await connection.execute(
                """DELETE FROM faits.garage g USING unnest($2::uuid[], $3::int[]) AS t(stream_id, version)
                   WHERE g.lecteur = $1 AND g.stream_id = t.stream_id AND g.version = t.version""",
                self._lecteur, [s for s, _ in gone], [v for _, v in gone],
            )  # fmt: skip
        if new or gone:
            point("garage.ecrit")

    async def streams(self, connection: Connection | asyncpg.Pool[Any]) -> list[UUID]:
        """The streams that wait, the longest waiting first."""
        rows = await connection.fetch(
            "SELECT stream_id FROM faits.garage WHERE lecteur = $1 GROUP BY stream_id ORDER BY min(depuis)",
            self._lecteur,
        )
        return [row[0] for row in rows]

    async def count(self, connection: Connection | asyncpg.Pool[Any]) -> int:
        """How many facts wait."""
        value = await connection.fetchval("SELECT count(*) FROM faits.garage WHERE lecteur = $1", self._lecteur)
        return int(value)
