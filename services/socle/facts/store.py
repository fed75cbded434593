"""Reading facts: one stream for a decision, or everything in order for those who follow.

Following is where event stores lose data. Rows become visible in commit order, not in the order of their sequence: a
reader that remembers the highest `pos` walks past a row whose transaction commits late, and never sees it. So readers
stay behind the fence: they take a row only once no transaction that could still write an earlier one is running
(`txid < pg_snapshot_xmin(pg_current_snapshot())`), in the order (txid, pos). A long transaction anywhere in the cluster
holds the fence back; it never makes it skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.socle.base.database import Connection
from services.socle.facts.codec import Codec

E = TypeVar("E")


class Known(Struct, frozen=True):
    """What became of a command id used before."""

    fingerprint: bytes
    stream: UUID
    version: int


class History(Struct, Generic[E], frozen=True):
    """A stream as one organisation may load it; version 0 when it does not exist, or not for that organisation."""

    version: int
    events: Sequence[E]
    command: Known | None


class Row(Struct, frozen=True):
    """A fact as a follower reads it: still encoded."""

    txid: str
    pos: int
    id: UUID
    stream: UUID
    version: int
    type: str
    schema_version: int
    data: bytes
    organisation: UUID
    auteur: UUID
    instant: datetime
    correlation: UUID
    causation: UUID
    trace: str | None


class Store(Generic[E]):
    """Loads streams for decisions, under the caller's row-level security (role `<service>_api`)."""

    def __init__(self, pool: asyncpg.Pool[Any], codec: Codec[E]) -> None:
        self._pool, self.codec = pool, codec

    async def load(self, stream: UUID, organisation: UUID, roles: frozenset[str], command: UUID) -> History[E]:
        """The stream's events in order, and what is known of `command` (an id `organisation` may have used before)."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM faits.charger($1, $2, $3, $4)", stream, organisation, ",".join(sorted(roles)), command
            )
        if row is None:
            raise RuntimeError("faits.charger always answers one row")
        known = (
            Known(row["empreinte"], row["commande_stream"], row["commande_version"])
            if row["empreinte"] is not None
            else None
        )
        events = [
            self.codec.decode(type_, schema, data)
            for type_, schema, data in zip(row["types"] or (), row["schemas"] or (), row["donnees"] or (), strict=True)
        ]
        return History(row["version"], events, known)


_COLUMNS = """e.txid::text, e.pos, e.id, e.stream_id, e.version, e.type, e.schema_version, e.data,
              e.organisation, e.auteur, e.instant, e.correlation, e.causation, e.trace"""

# `e.txid`, not `txid`: a bare name in ORDER BY means the output column, which is text, and « 1000 » comes before « 999 ».
FOLLOW = f"""SELECT {_COLUMNS} FROM faits.events e
  WHERE e.txid < pg_snapshot_xmin(pg_current_snapshot()) AND (e.txid, e.pos) > ($1::text::xid8, $2)
  ORDER BY e.txid, e.pos LIMIT $3"""

BY_STREAM = f"""SELECT {_COLUMNS} FROM faits.events e
  WHERE (e.stream_id, e.version) > ($1, $2) AND (e.txid, e.pos) <= ($3::text::xid8, $4)
  ORDER BY e.stream_id, e.version LIMIT $5"""

START = ("0", 0)


async def follow(connection: Connection, after: tuple[str, int], limit: int) -> list[Row]:
    """The next facts after the cursor `after` (txid, pos), behind the fence, in order."""
    return [Row(*row) for row in await connection.fetch(FOLLOW, *after, limit)]


async def by_stream(connection: Connection, after: tuple[UUID, int], until: tuple[str, int], limit: int) -> list[Row]:
    """Facts up to the cursor `until`, stream after stream: each stream's whole life in one run, for rebuilding."""
    return [Row(*row) for row in await connection.fetch(BY_STREAM, *after, *until, limit)]


async def fence(connection: Connection) -> tuple[str, int]:
    """The cursor of the last fact a follower may read now; START when there is none."""
    row = await connection.fetchrow(
        """SELECT e.txid::text, e.pos FROM faits.events e WHERE e.txid < pg_snapshot_xmin(pg_current_snapshot())
           ORDER BY e.txid DESC, e.pos DESC LIMIT 1"""
    )
    return (row[0], row[1]) if row else START


async def epoch(connection: Connection) -> str:
    """Which life of the database this is: its system identifier. Another one after a restore makes cursors worthless."""
    return str(await connection.fetchval("SELECT system_identifier::text FROM pg_control_system()"))


_FOREIGN = "e.txid >= pg_snapshot_xmax(pg_current_snapshot())"


async def foreign(connection: Connection) -> bool:
    """Whether facts bear transaction ids this cluster has not reached: they came from another one's dump.

    Such a fact stands beyond the fence until the cluster has counted that far, and after everything written until then.
    """
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM faits.events e WHERE {_FOREIGN})"))


async def naturalise(owner: Connection) -> int:
    """Put facts restored from another cluster before all that is written here; answers how many.

    `owner` owns the tables. A stream's facts stand in the order of `pos` too, which a dump keeps.
    """
    async with owner.transaction():
        # The owner is held by row-level security as everybody is: it sees facts as the clock's account does, and no policy
        # lets anybody change them.
        await owner.execute("SELECT set_config('maillage.roles', 'service', true)")
        if not await foreign(owner):
            return 0
        await owner.execute("ALTER TABLE faits.events NO FORCE ROW LEVEL SECURITY")
        done: str = await owner.execute(
            f"""UPDATE faits.events SET txid = '1' WHERE txid <> '1'
                 AND pos <= (SELECT max(e.pos) FROM faits.events e WHERE {_FOREIGN})"""
        )
        await owner.execute("ALTER TABLE faits.events FORCE ROW LEVEL SECURITY")
    return int(done.rpartition(" ")[2])
