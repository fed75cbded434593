"""`python -m deploy.migrations.verifier`: whether migrating an empty server gives exactly what the code declares.

Part of `make check`. Runs the migrations on a PostgreSQL of its own, compares the result with the tables' metadata, and
refuses a table without forced row-level security or an application role that owns or bypasses.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.catalogue import PORTAIL, SERVICES
from deploy.migrations.migrer import migrer
from deploy.migrations.versions.faits_0004_consultations import MONTRENT
from deploy.moteurs.postgres import PostgresEmbarque
from deploy.roles import Acces, preparer
from services.portail import tables as pages
from services.socle import health as etat
from services.socle.base import schema
from services.socle.base.database import connect
from services.socle.keys import keyring
from services.socle.web import access_log as consultations

_SANS_POLITIQUE = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('faits', 'vues', 'portail') AND c.relname <> 'migrations'
   AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"""

_TROP_FORTS = """
SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE $1 AND (r.rolsuper OR r.rolbypassrls)
 UNION SELECT r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
 WHERE r.rolname LIKE $1 AND r.rolname NOT LIKE '%proprietaire' ORDER BY 1"""


async def ecarts() -> list[str]:
    """What differs, one French sentence each; empty when migrations and code agree."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder, PostgresEmbarque(durable=False) as serveur:
        acces = await preparer(serveur.dsn_admin, Path(folder) / "secrets.json")
        await migrer(acces.dsn)
        if perimees := await migrer(acces.dsn):
            found.append(f"Migrer deux fois n'est pas sans effet : {perimees}.")
        for nom, definition in SERVICES.items():
            declared = [schema.faits, etat.faits, *_journal(nom), *(vue.table.metadata for vue in definition.vues)]
            found += await _differences(acces.dsn(nom, "proprietaire"), nom, declared, ("faits", "vues"))
            found += await _differences(acces.dsn_cles(nom), nom, [keyring.tables(nom)], (nom,))
            found += await _droits(acces, nom)
        declared = [schema.faits, etat.faits, pages.portail]
        found += await _differences(
            acces.dsn(PORTAIL, "proprietaire"), PORTAIL, declared, ("faits", "vues", pages.portail.schema or "")
        )
        found += await _differences(acces.dsn_cles(PORTAIL), PORTAIL, [keyring.tables(PORTAIL)], (PORTAIL,))
        found += await _droits(acces, PORTAIL)
    return found


def _journal(service: str) -> list[MetaData]:
    """Who opened what is noted where dossiers are shown."""
    return [consultations.faits] if service in MONTRENT else []


async def _differences(dsn: str, service: str, declared: list[MetaData], schemas: tuple[str, ...]) -> list[str]:
    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in schemas,
                "include_object": lambda _o, name, kind, *_: not (kind == "table" and name == "migrations"),
            },
        )
        both = MetaData()
        for metadata in declared:
            for table in metadata.sorted_tables:
                table.to_metadata(both)
        with warnings.catch_warnings():
            # xid8 has no type in SQLAlchemy; the column's presence is compared all the same.
            warnings.filterwarnings("ignore", "Did not recognize type 'xid8'", SAWarning)
            return list(compare_metadata(context, both))

    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        differences = await connection.run_sync(compare)
    await engine.dispose()
    # A view's comment is the digest of its declaration, written by `migrer`; the metadata has none.
    return [f"{service} : {d}" for d in differences if d[0] != "remove_table_comment"]


async def _droits(acces: Acces, service: str) -> list[str]:
    connection = await connect(acces.dsn(service, "proprietaire"))
    try:
        nues = await connection.fetch(_SANS_POLITIQUE)
        forts = await connection.fetch(_TROP_FORTS, f"{service}\\_%")
    finally:
        await connection.close()
    return [
        *(f"{service} : la table {row[0]} n'impose pas de politique au niveau des lignes." for row in nues),
        *(f"Le rôle {row[0]} possède une table ou contourne les politiques." for row in forts),
    ]


def main() -> int:
    found = asyncio.run(ecarts())
    for phrase in found:
        print(phrase, file=sys.stderr)
    if not found:
        print(f"Migrations vérifiées : {len(SERVICES) + 1} services.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
