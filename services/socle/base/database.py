"""Connections: asyncpg pools for the hot path, SQLAlchemy sessions for queries, both with short leashes.

One transaction left open anywhere in the cluster holds every reader behind its xid, so no connection may sit in one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct
from sqlalchemy import BindParameter, Select, TextClause, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Connection: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"  # quoted: no subscript at run time
"""A connection of our own, or one borrowed from a pool: used alike."""

Query: TypeAlias = Select[*tuple[Any, ...]]
"""A question put to the views: rows of any shape."""

Valeur: TypeAlias = str | BindParameter[str]
"""What a query compares with, or the place of it in a query that is written once (Question)."""

LEASH = {
    "idle_in_transaction_session_timeout": "30s",
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    "application_name": "maillage",
    "jit": "off",
}
"""Session settings of every connection. `jit`: our statements are short; compiling them costs more than running them."""


async def _prepare(connection: asyncpg.Connection[Any]) -> None:
    """JSON both ways, in binary: as text it could not be read inside a row. jsonb's form begins with its version, 1."""
    await connection.set_type_codec(
        "json", encoder=msgspec.json.encode, decoder=msgspec.json.decode, schema="pg_catalog", format="binary"
    )
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda v: b"\x01" + msgspec.json.encode(v),
        decoder=lambda b: msgspec.json.decode(b[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def connect(dsn: str) -> asyncpg.Connection[Any]:
    """One connection of its own, for whoever holds a lock with it."""
    connection = await asyncpg.connect(dsn, server_settings=LEASH)
    await _prepare(connection)
    return connection


def pool(dsn: str, smallest: int = 1, largest: int = 8, reglages: Mapping[str, str] | None = None) -> asyncpg.Pool[Any]:
    """A pool to be entered with `async with`. Connections of one role of one service, with `reglages` besides LEASH."""
    settings = {**LEASH, **(reglages or {})}
    return asyncpg.create_pool(
        dsn, min_size=smallest, max_size=largest, server_settings=settings, init=_prepare, reset=_as_it_is
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


def pool_de(regard: Regard, dsn: str, largest: int = 4) -> asyncpg.Pool[Any]:
    """A pool that reads, always as `regard`, told when it connects: each question is one round trip.

    For what is asked before anybody is known; a person's own questions go through `reading`.
    """
    return pool(dsn, largest=largest, reglages={**regard.reglages, "default_transaction_read_only": "on"})


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


class Question:
    """A query that every request asks: SQLAlchemy writes it once, asyncpg asks it, for a third of the work.

    Its values are the query's bind parameters, by name.
    """

    def __init__(self, query: Query) -> None:
        ecrite = query.compile(dialect=PGDialect_asyncpg())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        self._texte, self._ordre, self._fixes = str(ecrite), ecrite.positiontup or (), dict(ecrite.params)

    async def rows(self, par: asyncpg.Pool[Any], **valeurs: Any) -> list[dict[str, Any]]:
        """The rows as plain dictionaries, in one round trip and no transaction of their own."""
        values = self._fixes | valeurs
        return [dict(row) for row in await par.fetch(self._texte, *(values[nom] for nom in self._ordre))]


class Vues(Struct, frozen=True):
    """A service's views, as its API asks them (role api): any query through `engine` (see `reading`, four round trips);
    through `pool`, in one, a function that is told who looks and tells row-level security itself."""

    engine: AsyncEngine
    pool: asyncpg.Pool[Any]


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
