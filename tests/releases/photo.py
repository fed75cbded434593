"""What the databases hold at one moment, seen by the administrator, whom no policy holds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from msgspec import Struct

from tests.releases.ecarts import Table

_CLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY k.rang)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid, unnest(i.indkey::int[]) WITH ORDINALITY k (numero, rang),
       pg_attribute a
 WHERE c.relnamespace = 'vues'::regnamespace AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.numero
 GROUP BY c.relname"""

_FAITS = "SELECT pos, id, stream_id, version, type, schema_version, data, instant FROM faits.events ORDER BY pos"

CETTE_VIE = "epoque LIKE (SELECT system_identifier || '/%' FROM pg_control_system())"
"""Whether a cursor or a reader's place belongs to this server's life, and not to the one a dump was made in."""


class Photo(Struct, frozen=True):
    """One service's. `positions`: (reader, stream, version); `anciens`: readers and cursors still in another life."""

    vues: Mapping[str, Table]
    faits: Sequence[tuple[Any, ...]]
    positions: frozenset[tuple[str, UUID, int]]
    gares: int
    anciens: frozenset[str]


Photos = Mapping[str, Photo]
"""By service."""


class Bases:
    """The databases of a deployment, by service."""

    def __init__(self, dsn_admin: str, prefixe: str = "maillage_") -> None:
        self.dsn_admin, self._prefixe = dsn_admin, prefixe

    @asynccontextmanager
    async def ouvrir(self, base: str) -> AsyncIterator[asyncpg.Connection[Any]]:
        dsn = urlsplit(self.dsn_admin)._replace(path=f"/{self._prefixe}{base}").geturl()
        connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def valeur(self, base: str, sql: str, *valeurs: Any) -> Any:
        async with self.ouvrir(base) as connection:
            return await connection.fetchval(sql, *valeurs)

    async def photo(self, service: str) -> Photo:
        async with self.ouvrir(service) as c, c.transaction(isolation="repeatable_read"):
            vues = {
                nom: Table(cle, [json.loads(r[0]) for r in await c.fetch(f"SELECT to_jsonb(v) FROM vues.{nom} v")])
                for nom, cle in await c.fetch(_CLES)
            }
            anciens = await c.fetch(
                f"""SELECT lecteur FROM faits.lectures_kafka WHERE NOT {CETTE_VIE}
                    UNION SELECT nom FROM faits.curseurs WHERE NOT {CETTE_VIE}"""
            )
            return Photo(
                vues,
                [tuple(row) for row in await c.fetch(_FAITS)],
                frozenset(map(tuple, await c.fetch("SELECT lecteur, stream_id, version FROM faits.positions"))),
                await c.fetchval("SELECT count(*) FROM faits.garage"),
                frozenset(row[0] for row in anciens),
            )
