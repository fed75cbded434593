"""Databases and roles of a deployment: who may connect where, before any table exists.

Run by an administrator at every migration; a second run changes nothing but what had drifted. Tables, policies and
their grants belong to the migrations.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg

SERVICES = ("dossiers", "partenaires", "notifications", "portail")
CLES = "maillage_cles"

FONCTIONS = ("proprietaire", "ajout", "api", "suite", "cles")
"""`proprietaire` owns everything and migrates; `ajout` appends facts; `api` answers requests; `suite` relays and
projects; `cles` reads the keys, in their own database."""

ATTRIBUTS = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT"


@dataclass(frozen=True)
class Acces:
    """How to connect as each role. `serveur` is `host:port`; `bases` is the prefix of the databases' names."""

    serveur: str
    mots_de_passe: Mapping[str, str] = field(repr=False)
    secrets: Path
    prefixe: str = "maillage_"

    def dsn(self, service: str, fonction: str) -> str:
        """The connection string of `<service>_<fonction>`: in its service's database, or in that of the keys for `cles`
        and for `proprietaire_cles`, the owner who migrates it."""
        if fonction == "proprietaire_cles":
            return self.dsn_cles(service)
        return self.dsn_base(service, fonction, self.base_cles if fonction == "cles" else self.base(service))

    def dsn_cles(self, service: str) -> str:
        """Of `<service>_proprietaire` in the database of the keys."""
        return self.dsn_base(service, "proprietaire", self.base_cles)

    def dsn_base(self, service: str, fonction: str, base: str) -> str:
        role = f"{service}_{fonction}"
        return f"postgresql://{role}:{quote(self.mots_de_passe[role], safe='')}@{self.serveur}/{base}"

    def base(self, service: str) -> str:
        return f"{self.prefixe}{service}"

    @property
    def base_cles(self) -> str:
        return f"{self.prefixe}cles"


async def preparer(
    dsn_admin: str, fichier: Path, services: Iterable[str] = SERVICES, *, prefixe: str = "maillage_"
) -> Acces:
    """Create what is missing, put back what differs. `fichier` (JSON, role → password, mode 0600) keeps the passwords.

    Raises asyncpg.PostgresError; `dsn_admin` must be a superuser's, for the grant on pg_control_system().
    """
    services = tuple(services)
    acces = Acces(urlsplit(dsn_admin).netloc.rpartition("@")[2], _mots_de_passe(fichier, services), fichier, prefixe)
    connexion = await asyncpg.connect(dsn_admin)
    try:
        # Two migrations at once would both find a role missing; the lock goes with the connection.
        await connexion.execute("SELECT pg_advisory_lock(hashtext('maillage.roles'))")
        for role, mot_de_passe in acces.mots_de_passe.items():
            if role.rpartition("_")[0] in services:
                await _role(connexion, role, mot_de_passe)
        for service in services:
            await _base(connexion, acces.base(service), f"{service}_proprietaire")
        await _base(connexion, acces.base_cles, None)
        for service in services:
            await _ouvrir(dsn_admin, connexion, acces, service)
    finally:
        await connexion.close()
    return acces


async def supprimer(dsn_admin: str, acces: Acces, services: Iterable[str] = SERVICES) -> None:
    """Drop the databases (not the roles, which others of the same server may use). For tests."""
    connexion = await asyncpg.connect(dsn_admin)
    try:
        for base in (*(acces.base(service) for service in services), acces.base_cles):
            await connexion.execute(f"DROP DATABASE IF EXISTS {base} WITH (FORCE)")
    finally:
        await connexion.close()


def _mots_de_passe(fichier: Path, services: Iterable[str]) -> dict[str, str]:
    connus: dict[str, str] = json.loads(fichier.read_text()) if fichier.exists() else {}
    roles = [f"{service}_{fonction}" for service in services for fonction in FONCTIONS]
    tous = connus | {role: secrets.token_urlsafe(24) for role in roles if role not in connus}
    if tous != connus:
        # Written aside under its final mode, then renamed: never readable by others, never half a file.
        fichier.parent.mkdir(parents=True, exist_ok=True)
        provisoire = fichier.with_name(f"{fichier.name}.{os.getpid()}")
        with os.fdopen(os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sortie:
            json.dump(tous, sortie, indent=1)
        provisoire.replace(fichier)
    return tous


async def _role(connexion: asyncpg.Connection[Any], role: str, mot_de_passe: str) -> None:
    connu = await connexion.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    if not connu:
        await connexion.execute(f"CREATE ROLE {role}")
    # Utility statements take no parameters: the server quotes the password.
    clause = await connexion.fetchval("SELECT quote_literal($1::text)", mot_de_passe)
    await connexion.execute(f"ALTER ROLE {role} WITH {ATTRIBUTS} PASSWORD {clause}")
    # One open transaction holds every reader back: no role may leave one idle, wherever it runs.
    await connexion.execute(f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '30s'")


async def _base(connexion: asyncpg.Connection[Any], base: str, proprietaire: str | None) -> None:
    connue = await connexion.fetchval("SELECT true FROM pg_database WHERE datname = $1", base)
    if not connue:
        await connexion.execute(f"CREATE DATABASE {base} TEMPLATE template0 ENCODING 'UTF8'")
    await connexion.execute(f"REVOKE ALL ON DATABASE {base} FROM PUBLIC")
    if proprietaire:
        # CREATE on the database stays with the administrator: the owner of the schemas needs none, and cannot add any.
        await connexion.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {base} TO {proprietaire}")


async def _ouvrir(dsn_admin: str, connexion: asyncpg.Connection[Any], acces: Acces, service: str) -> None:
    proprietaire, cles = f"{service}_proprietaire", f"{service}_cles"
    lecteurs = ", ".join(f"{service}_{fonction}" for fonction in ("ajout", "api", "suite"))
    await connexion.execute(f"GRANT CONNECT ON DATABASE {acces.base(service)} TO {lecteurs}")
    await connexion.execute(f"GRANT CONNECT ON DATABASE {acces.base_cles} TO {proprietaire}, {cles}")
    await _executer(
        _dsn(dsn_admin, acces.base(service)),
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        *_schema("faits", proprietaire, lecteurs),
        *_schema("vues", proprietaire, lecteurs),
        # A view is rebuilt in one schema while another answers, and keeps its former self until the exchange is over.
        *_schema("vues_neuves", proprietaire, f"{service}_suite"),
        *_schema("vues_anciennes", proprietaire, proprietaire),
        *(_schema("portail", proprietaire, f"{service}_api, {service}_suite") if service == "portail" else ()),
        # Part of every cursor: transaction ids mean nothing on another cluster.
        f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {service}_suite",
    )
    await _executer(
        _dsn(dsn_admin, acces.base_cles),
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        *_schema(service, proprietaire, cles),
    )


def _schema(nom: str, proprietaire: str, lecteurs: str) -> tuple[str, ...]:
    return (
        f"CREATE SCHEMA IF NOT EXISTS {nom}",
        f"ALTER SCHEMA {nom} OWNER TO {proprietaire}",
        f"REVOKE ALL ON SCHEMA {nom} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {nom} TO {lecteurs}",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {proprietaire} IN SCHEMA {nom} REVOKE ALL ON TABLES FROM PUBLIC",
    )


async def _executer(dsn: str, *ordres: str) -> None:
    connexion = await asyncpg.connect(dsn)
    try:
        async with connexion.transaction():
            for ordre in ordres:
                await connexion.execute(ordre)
    finally:
        await connexion.close()


def _dsn(dsn_admin: str, base: str) -> str:
    return urlsplit(dsn_admin)._replace(path=f"/{base}").geturl()
