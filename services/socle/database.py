"""Connections: asyncpg pools for the hot path, SQLAlchemy sessions for queries, both with short leashes.

One transaction left open anywhere in the cluster holds every reader behind its xid, so no connection may sit in one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct
from sqlalchemy import Select, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"  # quoted: no subscript at run time
"""A connection of our own, or one borrowed from a pool: used alike."""

Query: TypeAlias = Select[*tuple[Any, ...]]
"""A question put to the views: rows of any shape."""

LEASH = {
    "idle_in_transaction_session_timeout": "30s",
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    "application_name": "maillage",
    "jit": "off",
}
"""Session settings of every connection. `jit`: our statements are short; compiling them costs more than running them."""


async def _prepare(connection: asyncpg.Connection[Any]) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, encoder=lambda v: msgspec.json.encode(v).decode(), decoder=msgspec.json.decode, schema="pg_catalog"
        )


async def connect(dsn: str) -> asyncpg.Connection[Any]:
    """One connection of its own, for whoever holds a lock with it."""
    connection = await asyncpg.connect(dsn, server_settings=LEASH)
    await _prepare(connection)
    return connection


def pool(dsn: str, smallest: int = 1, largest: int = 8) -> asyncpg.Pool[Any]:
    """A pool to be entered with `async with`. Connections of one role of one service."""
    return asyncpg.create_pool(
        dsn, min_size=smallest, max_size=largest, server_settings=LEASH, init=_prepare, reset=_as_it_is
    )


async def _as_it_is(_: object) -> None:
    """Give a connection back without asyncpg's RESET ALL, UNLISTEN and the like: one round trip more for each statement
    of ours, to undo nothing. Our settings end with their transaction, and one left open is rolled back before this."""


class Regard(Struct, frozen=True):
    """Who looks: what row-level security is told for one transaction."""

    organisation: UUID
    membre: UUID
    roles: frozenset[str]

    @property
    def reglages(self) -> dict[str, str]:
        """The settings that row-level security reads."""
        return {
            "maillage.organisation": str(self.organisation),
            "maillage.membre": str(self.membre),
            "maillage.roles": ",".join(sorted(self.roles)),
        }


_REGARD: TextClause = text(
    """SELECT set_config('maillage.organisation', :organisation, true), set_config('maillage.membre', :membre, true),
              set_config('maillage.roles', :roles, true)"""
)


def engine(dsn: str, largest: int = 8) -> AsyncEngine:
    """SQLAlchemy's engine on asyncpg, for queries: its transactions are read-only."""
    return create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=largest,
        max_overflow=0,
        pool_timeout=5,
        connect_args={"server_settings": LEASH},
        execution_options={"postgresql_readonly": True},
    )


def engine_de(regard: Regard, dsn: str, largest: int = 4) -> AsyncEngine:
    """An engine that always looks as `regard`, told when it connects: each question is one round trip, in no transaction.

    For a question that every request asks before anything else; `reading` takes four round trips.
    """
    return create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=largest,
        max_overflow=0,
        pool_timeout=5,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": {**LEASH, **regard.reglages, "default_transaction_read_only": "on"}},
    )


@asynccontextmanager
async def reading(engine_: AsyncEngine, regard: Regard) -> AsyncIterator[AsyncConnection]:
    """A transaction in which only the rows `regard` may see exist."""
    async with engine_.connect() as connection:
        await connection.execute(
            _REGARD,
            {
                "organisation": str(regard.organisation),
                "membre": str(regard.membre),
                "roles": ",".join(sorted(regard.roles)),
            },
        )
        yield connection


async def rows(connection: AsyncConnection, query: Query) -> list[dict[str, Any]]:
    """The rows of `query` as plain dictionaries."""
    return [dict(row) for row in (await connection.execute(query)).mappings()]
