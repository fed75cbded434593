"""One of several copies works, the others stand ready: an advisory lock on a connection that goes with it.

A lock on rows would have to be held in a transaction, and one that stays open holds back every reader of the cluster.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from services.socle.base.database import Connection, connect
from services.socle.base.logging import ou

log = structlog.get_logger()

TURN = 0.2
"""Seconds between two tries of a copy that stands ready."""

CALM = 5.0
"""Seconds of work after which a fault is a new one, and not the last one again."""


@asynccontextmanager
async def leading(dsn: str, name: str) -> AsyncIterator[Connection]:
    """A connection that holds the lock `name`, once it is our turn. Whoever loses it has lost the connection too: what
    needs the lead to be safe asks through this connection."""
    connection = await connect(dsn)
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
            await asyncio.sleep(TURN)
        yield connection
    finally:
        connection.terminate()


async def lead_always(dsn: str, name: str, work: Callable[[Connection], Awaitable[None]]) -> None:
    """`work` while we lead, and again after any fault, until cancelled. `work` begins where the database says it stands."""
    pause, led = 0.05, 0.0
    while True:
        try:
            async with leading(dsn, name) as connection:
                log.info("mene", nom=name)
                led = time.monotonic()
                await work(connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, beginning again skips nothing
            log.warning("meneur_recommence", nom=name, raison=type(error).__name__, ou=ou(error))
            pause = 0.05 if led and time.monotonic() - led > CALM else min(pause * 2, 2.0)
            led = 0.0
            await asyncio.sleep(pause)
