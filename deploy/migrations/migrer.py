"""Brings a deployment's databases to what the code expects: facts and keys by Alembic, views by their declarations.

Facts are migrated, never rewritten. Views are derived: one that changed its shape is made anew from the facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.catalogue import PORTAIL, SERVICES
from deploy.migrations.textes import tables
from services.socle.facts.store import naturalise
from services.socle.rebuild import create
from services.socle.service import Definition
from services.socle.views.view import View, ddl

DSN = Callable[[str, str], str]
"""(service, function) → connection string; function `proprietaire`, or `proprietaire_cles` for the keys' database."""


async def migrer(dsn: DSN, dire: Callable[[str], None] = lambda _: None) -> list[tuple[str, str]]:
    """Migrate every service. Answers the views (service, view) whose table is older than their declaration."""
    perimees: list[tuple[str, str]] = []
    for service in SERVICES.values():
        await _alembic(dsn(service.nom, "proprietaire"), service.nom, "faits", "faits")
        await _alembic(dsn(service.nom, "proprietaire_cles"), service.nom, service.nom, "cles")
        connection = await asyncpg.connect(dsn(service.nom, "proprietaire"))
        try:
            if restaures := await naturalise(connection):
                dire(f"{service.nom} : {restaures} faits restaurés d'un autre serveur remis à leur place")
            perimees += [(service.nom, vue) for vue in await _vues(connection, service)]
        finally:
            await connection.close()
        dire(f"{service.nom} : base à jour")
    # The pages keep no fact and show no view of their own, but follow the others' facts as any reader does.
    for branche, schema, fonction in (
        ("faits", "faits", "proprietaire"),
        ("portail", PORTAIL, "proprietaire"),
        ("cles", PORTAIL, "proprietaire_cles"),
    ):
        await _alembic(dsn(PORTAIL, fonction), PORTAIL, schema, branche)
    dire(f"{PORTAIL} : base à jour")
    return perimees


async def _alembic(dsn: str, service: str, schema: str, branche: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))

    def run(connection: Connection) -> None:
        config.attributes.update(connection=connection, service=service, schema=schema)
        command.upgrade(config, f"{branche}@head")

    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


async def _vues(owner: asyncpg.Connection[Any], service: Definition[Any]) -> list[str]:
    """Create what is missing, mark each table with its declaration's digest, name those that carry another.

    A view that joins others is empty, and its reader is past what it should hold: it is named too, and bears no mark until
    it is rebuilt.
    """
    perimees = []
    async with owner.transaction():
        await owner.execute("SELECT pg_advisory_xact_lock(hashtextextended('maillage.vues', 0))")
        # The questions name tables that are created just after.
        await owner.execute("SET LOCAL check_function_bodies = off")
        for question in service.questions:
            await owner.execute(question.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
        premiere = not await owner.fetchval("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'vues')")
        for view in service.vues:
            connue = await owner.fetchval(
                "SELECT coalesce(obj_description(oid, 'pg_class'), '') FROM pg_class WHERE oid = to_regclass($1)",
                f"vues.{view.name}",
            )
            if connue is None:
                await create(owner, service.nom, view, "vues")
                if premiere:
                    await marquer(owner, service.nom, view)
            if not premiere and connue != empreinte(service.nom, view):
                perimees.append(view.name)
    return perimees


def empreinte(service: str, view: View) -> str:
    """A digest of all that makes a view's table what it is: columns, indexes, policies, and its fold's generation."""
    made = tables_of(view) + ddl(view, service) + [str(view.generation)]
    return hashlib.sha256("\n".join(made).encode()).hexdigest()[:16]


def tables_of(view: View) -> list[str]:
    """The view's CREATE TABLE and CREATE INDEX."""
    alone = MetaData(schema="vues")
    view.table.to_metadata(alone)
    return tables(alone)


async def marquer(owner: asyncpg.Connection[Any], service: str, view: View) -> None:
    """Note on the table which declaration it was made from."""
    await owner.execute(f"COMMENT ON TABLE vues.{view.name} IS '{empreinte(service, view)}'")
