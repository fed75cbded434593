"""Roles that can neither pass over row-level security nor reach another service's database."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest

from deploy.roles import FONCTIONS, SERVICES, Acces, preparer
from tests.infra import Postgres

ROLES = [(service, fonction) for service in SERVICES for fonction in FONCTIONS]


@pytest.mark.parametrize(("service", "fonction"), ROLES)
async def test_each_role_connects_and_has_no_power(bases: Acces, service: str, fonction: str) -> None:
    connection = await asyncpg.connect(bases.dsn(service, fonction))
    try:
        powers = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname=user"
        )
        assert powers is not None
        assert not any(powers)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE public.t (n int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE SCHEMA autre")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE postgres")
    finally:
        await connection.close()


@pytest.mark.parametrize("fonction", ["ajout", "api", "suite", "cles"])
async def test_only_the_owner_makes_tables(bases: Acces, fonction: str) -> None:
    connection = await asyncpg.connect(bases.dsn("dossiers", fonction))
    try:
        for schema in ("faits", "vues", "vues_neuves", "vues_anciennes", "dossiers"):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError)):
                await connection.execute(f"CREATE TABLE {schema}.t (n int)")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("role", "base"),
    [
        (("dossiers", "api"), "maillage_partenaires"),
        (("dossiers", "proprietaire"), "maillage_partenaires"),
        (("dossiers", "api"), "maillage_cles"),
        (("dossiers", "suite"), "maillage_cles"),
        (("dossiers", "cles"), "maillage_dossiers"),
        (("partenaires", "cles"), "maillage_notifications"),
    ],
)
async def test_no_role_opens_another_s_database(bases: Acces, role: tuple[str, str], base: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(bases.dsn_base(*role, base))


async def test_no_service_reads_another_s_keys(bases: Acces) -> None:
    owner = await asyncpg.connect(bases.dsn("dossiers", "proprietaire_cles"))
    await owner.execute("CREATE TABLE IF NOT EXISTS dossiers.t AS SELECT 7 AS n")
    await owner.execute("GRANT SELECT ON dossiers.t TO dossiers_cles")
    ours, other = [await asyncpg.connect(bases.dsn(service, "cles")) for service in ("dossiers", "partenaires")]
    try:
        assert await ours.fetchval("SELECT n FROM dossiers.t") == 7
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await other.fetchval("SELECT n FROM dossiers.t")
    finally:
        await owner.execute("DROP TABLE dossiers.t")
        for connection in (owner, ours, other):
            await connection.close()


async def test_forced_row_level_security_binds_every_role_the_owner_too(bases: Acces) -> None:
    owner = await asyncpg.connect(bases.dsn("partenaires", "proprietaire"))
    try:
        await owner.execute("CREATE TABLE vues.t (n int)")
        await owner.execute("INSERT INTO vues.t VALUES (1)")
        await owner.execute("GRANT SELECT ON vues.t TO partenaires_api")
        await owner.execute("ALTER TABLE vues.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        assert await owner.fetchval("SELECT count(*) FROM vues.t") == 0
        api = await asyncpg.connect(bases.dsn("partenaires", "api"))
        try:
            assert await api.fetchval("SELECT count(*) FROM vues.t") == 0
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await api.execute("ALTER TABLE vues.t NO FORCE ROW LEVEL SECURITY")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await api.execute("TRUNCATE vues.t")
        finally:
            await api.close()
    finally:
        await owner.execute("DROP TABLE IF EXISTS vues.t")
        await owner.close()


async def test_a_second_run_changes_nothing_and_repairs_a_drift(postgres_a_part: Postgres, tmp_path: Path) -> None:
    fichier = tmp_path / "secrets" / "roles.json"
    first = await preparer(postgres_a_part.dsn_admin, fichier)
    written = fichier.read_bytes()
    assert fichier.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(written)) == {f"{service}_{fonction}" for service, fonction in ROLES}

    admin = await asyncpg.connect(postgres_a_part.dsn_admin)
    await admin.execute("ALTER ROLE dossiers_api BYPASSRLS PASSWORD 'autre'")
    assert await preparer(postgres_a_part.dsn_admin, fichier) == first
    assert fichier.read_bytes() == written
    assert await admin.fetchval("SELECT rolbypassrls FROM pg_roles WHERE rolname='dossiers_api'") is False
    await admin.close()
    await (await asyncpg.connect(first.dsn("dossiers", "api"))).close()


async def test_the_relay_reads_which_cluster_its_cursor_is_of(bases: Acces) -> None:
    connection = await asyncpg.connect(bases.dsn("dossiers", "suite"))
    try:
        assert await connection.fetchval("SELECT system_identifier FROM pg_control_system()") != 0
    finally:
        await connection.close()
