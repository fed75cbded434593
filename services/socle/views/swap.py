"""The moment at which a rebuilt table takes the live one's place: what was made, what it holds, and the exchange itself.

Until then nobody has waited. The live reader's lane is held alone for one last look at the source and two catalogue
updates; whoever reads the view waits for a fifth of a second at most.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import asyncpg
import structlog
from msgspec import Struct
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.views.view import View, ddl

log = structlog.get_logger()

Session: TypeAlias = "Connection | asyncpg.Pool[Any]"  # quoted: no subscript at run time
"""Something one can ask: a connection, or a pool that lends one."""

NEW, OLD = "vues_neuves", "vues_anciennes"

PATIENCE = 60.0
"""Seconds to wait for facts that the live view has and the source does not show (any more)."""

HOLD = 1.0
"""Seconds the live reader may be made to stand still at a time; then it goes on, and the swap is tried again."""

_LANE_LOCK = "SET LOCAL lock_timeout = '2s'"
_TABLE_LOCK = "SET LOCAL lock_timeout = '200ms'"
"""While the swap waits for the table, behind a question that takes long, all other questions wait behind the swap."""


class ReconstructionImpossible(Exception):
    """The live view knows facts that its source no longer holds; the live view stays as it is."""


class Bilan(Struct, frozen=True):
    """What a rebuild did. `differences`: rows that both tables held at the same version, with another content; none are
    counted when the view changed its columns."""

    vue: str
    faits: int
    secondes: float
    lignes: int
    empreinte: str
    differences: int


Progress = Callable[[int, int, float], None]
"""Told (facts folded, facts in all, seconds so far) after every page."""


def quiet(_done: int, _total: int, _seconds: float) -> None:
    """Tell nobody."""


class Swap:
    """The new table takes the live one's place. `digest` says which declaration it was made from."""

    def __init__(self, view: View, lecteur: str, digest: str) -> None:
        self._view, self._lecteur, self._digest = view, lecteur, digest

    async def wait(self, arrived: Callable[[], Awaitable[bool]], pause: float = 0.01) -> None:
        """Ask again and again, less and less often. Raises ReconstructionImpossible after PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        while not await arrived():
            if time.monotonic() > deadline:
                raise ReconstructionImpossible(self._view.name)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def run(self, owner: Connection, catch_up: Callable[[], Awaitable[bool]]) -> None:
        """The live reader stands still for the time of one last look at the source and two catalogue updates."""
        await self.wait(lambda: self._try(owner, catch_up), pause=0.2)
        point("reconstruction.apres")

    async def _try(self, owner: Connection, catch_up: Callable[[], Awaitable[bool]]) -> bool:
        table = self._view.name
        try:
            async with owner.transaction():
                await owner.execute(_LANE_LOCK)
                await owner.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", self._lecteur)
                deadline = time.monotonic() + HOLD
                while not await catch_up():
                    if time.monotonic() > deadline:
                        return False  # a fact the live view knows is not to be seen yet: let the lane go
                point("reconstruction.rattrapee")
                await owner.execute(_TABLE_LOCK)
                await owner.execute(f"ALTER TABLE vues.{table} SET SCHEMA {OLD}")
                await owner.execute(f"ALTER TABLE {NEW}.{table} SET SCHEMA vues")
                await owner.execute(f"DROP TABLE {OLD}.{table}")
                if self._digest:
                    await owner.execute(f"COMMENT ON TABLE vues.{table} IS '{self._digest}'")
                point("reconstruction.echangee")
        except asyncpg.LockNotAvailableError:
            log.info("echange_attend", vue=table)
            return False
        return True

    async def differences(self, reader: Session) -> int:
        """Rows that both tables hold at the same version, with another content; 0 when their columns differ."""
        columns = await reader.fetch(
            """SELECT array_agg(attname || ' ' || atttypid::regtype ORDER BY attnum) FROM pg_attribute
               WHERE attrelid = ANY($1::text[]::regclass[]) AND attnum > 0 AND NOT attisdropped GROUP BY attrelid""",
            [f"{schema}.{self._view.name}" for schema in ("vues", NEW)],
        )
        if len(columns) != 2 or columns[0][0] != columns[1][0]:
            return 0
        key = ", ".join(c.name for c in self._view.table.primary_key.columns)
        value = await reader.fetchval(
            f"""SELECT count(*) FROM vues.{self._view.name} a JOIN {NEW}.{self._view.name} b USING ({key})
                WHERE a.version = b.version AND a::text IS DISTINCT FROM b::text"""
        )
        return int(value)


async def create(owner: Connection, service: str, view: View, schema: str) -> None:
    """An empty table for `view` in `schema`, with its indexes, row-level security and grants; a leftover is dropped."""
    await owner.execute(f"DROP TABLE IF EXISTS {schema}.{view.name}")
    table = view.table.to_metadata(MetaData(schema=schema), schema=schema)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    await owner.execute(str(CreateTable(table).compile(dialect=dialect)))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        await owner.execute(str(CreateIndex(index).compile(dialect=dialect)))
    for statement in ddl(view, service, schema):
        await owner.execute(statement)


async def fingerprint(connection: Session, view: View, schema: str = "vues") -> tuple[int, str]:
    """How many rows the view has, and a digest of all of them that does not depend on their order."""
    row = await connection.fetchrow(
        f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {schema}.{view.name} t"
    )
    if row is None:
        raise RuntimeError("an aggregate always answers one row")
    return int(row[0]), str(row[1])
