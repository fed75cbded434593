"""Where everything is measured: one PostgreSQL that flushes its commits to disk, one Kafka, for us and for the others."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from msgspec import Struct

from bench.enfant import BaseDuPair
from deploy.migrations.migrer import migrer
from deploy.moteurs import kafka_apache as apache
from deploy.moteurs.kafka import Kafka
from deploy.moteurs.kafka_apache import KafkaApache
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from deploy.moteurs.postgres import PostgresEmbarque
from deploy.moteurs.sujets import SUJETS
from deploy.roles import Acces, preparer, supprimer
from services.socle.base.settings import Settings
from services.socle.keys.vault import CoffreFichier

RACINE = Path(__file__).parents[1]
"""The repository: processes that the bench starts are started there."""


PAQUETS = (
    *("eventsourcing", "django", "djangorestframework", "gunicorn"),
    *("fastapi", "faststream", "sqlalchemy", "aiokafka", "asyncpg"),
)


class Terrain(Struct, frozen=True):
    """`secrets`: file of the roles' passwords; `racine`: a folder for what a measure writes."""

    dsn_admin: str
    secrets: Path
    kafka: Kafka
    racine: Path

    @asynccontextmanager
    async def bases(self, nom: str) -> AsyncIterator[Acces]:
        """The services' databases under names of this measure's own, migrated and empty; dropped at the end."""
        acces = await preparer(self.dsn_admin, self.secrets, prefixe=f"banc_{nom}_")
        try:
            await migrer(acces.dsn)
            yield acces
        finally:
            await supprimer(self.dsn_admin, acces)

    def base_du_pair(self, nom: str) -> AbstractAsyncContextManager[BaseDuPair]:
        """An empty database for another library; dropped at the end."""
        return base_du_pair(self.dsn_admin, nom)

    def reglages(self, acces: Acces, nom: str) -> Settings:
        """What a process of the service is told to reach `acces`, with a master key of its own."""
        cle = self.racine / f"cle-{nom}"
        CoffreFichier.creer(cle)
        return Settings(
            mode="local", postgres=f"postgresql://{acces.serveur}", postgres_secrets=acces.secrets, bases=acces.prefixe,
            kafka=self.kafka.bootstrap, emetteurs=(), cle_maitre=cle,
        )  # fmt: skip

    def dsn_admin_de(self, base: str) -> str:
        """The superuser's address of `base`: for loading a store by COPY, which row-level security forbids to others."""
        return urlsplit(self.dsn_admin)._replace(path=f"/{base}").geturl()

    async def au_propre(self) -> None:
        """Write down what former runs left dirty, so that nobody pays for another's checkpoint."""
        admin = await asyncpg.connect(self.dsn_admin)
        try:
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()


@asynccontextmanager
async def base_du_pair(dsn_admin: str, nom: str) -> AsyncIterator[BaseDuPair]:
    """An empty database on the server of this superuser, with an owner of its own; dropped at the end."""
    base, word = f"banc_pair_{nom}", secrets.token_urlsafe(16)
    parts = urlsplit(dsn_admin)
    admin = await asyncpg.connect(dsn_admin)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {base} WITH (FORCE)")
        await admin.execute(f"DROP ROLE IF EXISTS {base}")
        await admin.execute(f"CREATE ROLE {base} LOGIN PASSWORD '{word}'")
        await admin.execute(f"CREATE DATABASE {base} OWNER {base} TEMPLATE template0 ENCODING 'UTF8'")
        yield BaseDuPair(parts.hostname or "", parts.port or 0, base, base, word)
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {base} WITH (FORCE)")
        await admin.execute(f"DROP ROLE IF EXISTS {base}")
        await admin.close()


@asynccontextmanager
async def terrain() -> AsyncIterator[Terrain]:
    """Start both servers; Apache Kafka where Java and Maven are, else the embedded broker. Nothing of it remains."""
    async with AsyncExitStack() as stack:
        racine = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="maillage-banc-")))
        postgres = PostgresEmbarque(durable=True)
        stack.callback(postgres.fermer)
        broker: Kafka = KafkaApache(SUJETS) if apache.disponible() else KafkaEmbarque(SUJETS)
        stack.callback(broker.fermer)
        await asyncio.gather(asyncio.to_thread(postgres.demarrer), asyncio.to_thread(broker.relancer))
        yield Terrain(postgres.dsn_admin, racine / "secrets.json", broker, racine)


async def contexte(terrain: Terrain) -> dict[str, object]:
    """On what the figures were taken: what others need to compare theirs."""
    admin = await asyncpg.connect(terrain.dsn_admin)
    try:
        said = {
            name: await admin.fetchval(f"SHOW {name}") for name in ("server_version", "fsync", "synchronous_commit")
        }
        flush = await _validation(admin)
    finally:
        await admin.close()
    return {
        "coeurs": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "charge_au_depart": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "postgresql": said["server_version"],
        "fsync": said["fsync"],
        "synchronous_commit": said["synchronous_commit"],
        "validation_ms": round(flush * 1000, 3),
        "kafka": terrain.kafka.moteur,
        **{paquet: version(paquet) for paquet in PAQUETS},
    }


async def _validation(admin: asyncpg.Connection[asyncpg.Record]) -> float:
    """Seconds one tiny commit takes when nothing else runs: the floor under every figure of one command at a time."""
    await admin.execute("CREATE TABLE IF NOT EXISTS public.banc_rien (n int)")
    start = time.perf_counter()
    for _ in range(200):
        await admin.execute("INSERT INTO public.banc_rien VALUES (1)")
    spent = time.perf_counter() - start
    await admin.execute("DROP TABLE public.banc_rien")
    return spent / 200
