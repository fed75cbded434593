"""One of several copies works, the others stand ready: an advisory lock on a connection that goes with it.

A lock on rows would have to be held in a transaction, and one that stays open holds back every reader of the cluster.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.socle.database import Connection, connect

log = structlog.get_logger()

TURN = 0.2
"""Seconds between two tries of a copy that stands ready."""

_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, KafkaError, TimeoutError)


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
    """`work` while we lead, again after any fault of database, network or broker; until cancelled."""
    pause = 0.05
    while True:
        try:
            async with leading(dsn, name) as connection:
                log.info("mene", nom=name)
                pause = 0.05
                await work(connection)
        except _FAULTS as error:
            log.warning("meneur_recommence", nom=name, raison=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
