"""What an operator must see of a worker from outside: who waits, since when, and behind what. Read every few seconds."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import structlog

from services.socle import telemetry

log = structlog.get_logger()

PAUSE = 5.0
"""Seconds between two readings."""

MOST = 100_000
"""Counting stops there: « at least that many » is enough to worry about, and counting costs."""

_BEHIND = """
SELECT count(*) FROM (
  SELECT 1 FROM faits.events e LEFT JOIN faits.curseurs c ON c.nom = $1
   WHERE c.nom IS NULL OR (e.txid, e.pos) > (c.txid, c.pos) LIMIT $2) x"""

_OLDEST = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
  FROM pg_stat_activity WHERE backend_xid IS NOT NULL OR backend_xmin IS NOT NULL AND state LIKE 'idle in transaction%'"""

_PARKED = "SELECT count(*) FROM faits.garage WHERE lecteur = $1"


async def surveiller(service: str, lecteur: str, suite: asyncpg.Pool[Any]) -> None:
    """Keep the gauges up to date until cancelled; a database that does not answer leaves them as they were."""
    while True:
        try:
            async with suite.acquire() as connection:
                behind = await connection.fetchval(_BEHIND, f"relais:{service}", MOST)
                oldest = await connection.fetchval(_OLDEST)
                parked = await connection.fetchval(_PARKED, lecteur)
            telemetry.RELAY_BEHIND.labels(service).set(behind)
            telemetry.OLDEST_XID_SECONDS.set(oldest)
            telemetry.PARKED.labels(lecteur).set(parked)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.info("surveillance_sans_base", service=service, raison=type(error).__name__)
        await asyncio.sleep(PAUSE)
