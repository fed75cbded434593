"""What an operator must see of a worker from outside: who waits, since when, and behind what. Read every few seconds."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import structlog

from services.socle.base import telemetry
from services.socle.base.database import Connection
from services.socle.health import Gare, Gares, Mesures, Projection, Relais, publier

log = structlog.get_logger()

PAUSE = 5.0
"""Seconds between two readings."""

MOST = 100_000
"""Counting stops there: « at least that many » is enough to worry about, and counting costs."""

RECENT, LISTED = 1000, 50
"""How many of the latest facts are looked up in the views' positions, and how many parked streams are named."""

_BEHIND = """
SELECT count(*) FROM (
  SELECT 1 FROM faits.events e LEFT JOIN faits.curseurs c ON c.nom = $1
   WHERE c.nom IS NULL OR (e.txid, e.pos) > (c.txid, c.pos) LIMIT $2) x"""

_EPOCH = "SELECT epoque FROM faits.curseurs WHERE nom = $1"

_UNSEEN = """
SELECT count(*) FROM (SELECT stream_id, version FROM faits.events ORDER BY txid DESC, pos DESC LIMIT $2) e
  LEFT JOIN faits.positions p ON p.lecteur = $1 AND p.stream_id = e.stream_id
 WHERE coalesce(p.version, 0) < e.version"""

_PARKED = "SELECT count(DISTINCT stream_id) AS flux, count(*) AS faits FROM faits.garage WHERE lecteur = $1"

_PARKED_LONGEST = """
SELECT stream_id::text AS flux, count(*) AS faits, min(depuis)::text AS depuis,
       (array_agg(split_part(raison, ':', 1) ORDER BY version))[1] AS raison
  FROM faits.garage WHERE lecteur = $1 GROUP BY stream_id ORDER BY min(depuis) LIMIT $2"""

# pg_stat_activity hides other roles' transactions from us; their numbers it does not.
_RUNNING = "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s"


class Oldest:
    """How long the oldest transaction that writes has been running, seen from one reading to the next."""

    def __init__(self) -> None:
        self._xmin, self._since = "", 0.0

    def age(self, xmin: str, xmax: str, now: float) -> float:
        """Seconds; 0 when none is running. `now` counts seconds from anywhere."""
        if xmin != self._xmin:
            self._xmin, self._since = xmin, now
        return now - self._since if xmin != xmax else 0.0


async def mesurer(connection: Connection, service: str, lecteur: str, siens: bool, oldest: Oldest) -> Mesures:
    """One reading. `siens`: the views follow the service's own facts, so that these can tell how far they are."""
    relais = f"relais:{service}"
    behind = await connection.fetchval(_BEHIND, relais, MOST)
    epoch = await connection.fetchval(_EPOCH, relais)
    unseen = await connection.fetchval(_UNSEEN, lecteur, RECENT) if siens else None
    xmin, xmax = await connection.fetchrow(_RUNNING) or ("", "")
    flux, faits = await connection.fetchrow(_PARKED, lecteur) or (0, 0)
    longest = [Gare(**row) for row in await connection.fetch(_PARKED_LONGEST, lecteur, LISTED)] if flux else []
    return Mesures(
        Relais(behind, MOST, epoch),
        Projection(unseen, RECENT) if unseen is not None else None,
        Gares(flux, faits, longest),
        round(oldest.age(xmin, xmax, time.monotonic()), 1),
    )


async def surveiller(service: str, lecteur: str, suite: asyncpg.Pool[Any], siens: bool = True) -> None:
    """Keep the gauges and the published state up to date until cancelled; a database that does not answer leaves them."""
    oldest = Oldest()
    while True:
        try:
            async with suite.acquire() as connection:
                mesures = await mesurer(connection, service, lecteur, siens, oldest)
                await publier(connection, lecteur, mesures)
            telemetry.RELAY_BEHIND.labels(service).set(mesures.relais.derriere)
            telemetry.OLDEST_XID_SECONDS.set(mesures.plus_vieille_transaction_s)
            telemetry.PARKED.labels(lecteur).set(mesures.gares.faits)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.info("surveillance_sans_base", service=service, raison=type(error).__name__)
        await asyncio.sleep(PAUSE)
