"""Preparing the peer's database and starting its two processes."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey
from msgspec import Struct
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bench.enfant import BaseDuPair
from bench.pair_courant.tables import Base, Convention, Dossier
from bench.terrain import RACINE, Terrain
from bench.vies import ASSOCIATION, BAILLEUR, CONVENTION, DISPOSITIF, vie
from deploy.moteurs.processus import Processus, port_libre, port_ouvert
from deploy.moteurs.sujets import creer_sujets

PARTITIONS = 6


class PairCourant(Struct, frozen=True):
    """Where it answers, the header it wants, its dossiers, and its database's address for who looks at the view."""

    port: int
    autorisation: str
    dossiers: list[UUID]
    dsn: str


@asynccontextmanager
async def pair_courant(terrain: Terrain, base: BaseDuPair, combien: int) -> AsyncIterator[PairCourant]:
    """An API process and a worker process, `combien` households that may be oriented."""
    dsn = f"postgresql://{base.role}:{base.mot_de_passe}@{base.host}:{base.port}/{base.base}"
    secret, sujet = secrets.token_hex(32), f"banc-{uuid4().hex[:8]}"
    env = {
        **os.environ, "PAIR_URL": dsn.replace("://", "+asyncpg://", 1), "PAIR_SECRET": secret,
        "PAIR_KAFKA": terrain.kafka.bootstrap, "PAIR_SUJET": sujet,
    }  # fmt: skip
    dossiers = await _preparer(env["PAIR_URL"], combien)
    creer_sujets(terrain.kafka.bootstrap, {sujet: PARTITIONS})
    port = port_libre()
    uvicorn = ["uvicorn", "bench.pair_courant.api:app", "--port", str(port), "--loop", "uvloop", "--http", "httptools"]
    commandes = {
        "api": [*uvicorn, "--no-access-log", "--log-level", "warning"],
        "travail": ["bench.pair_courant.travail"],
    }
    processus = [
        Processus([sys.executable, "-m", *commande], terrain.racine / f"courant-{nom}.log", dossier=RACINE, env=env)
        for nom, commande in commandes.items()
    ]
    try:
        await asyncio.to_thread(processus[0].attendre, lambda: port_ouvert(port), "L'API d'en face", 60)
        yield PairCourant(port, f"Bearer {_jeton(secret)}", dossiers, dsn)
    finally:
        for un in processus:
            un.arreter()


def _jeton(secret: str) -> str:
    claims = {"organisation": str(BAILLEUR), "exp": int(time.time()) + 86400}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))


async def _preparer(url: str, combien: int) -> list[UUID]:
    """The tables, one convention, and the dossiers."""
    engine = create_async_engine(url)
    today = datetime.now(UTC).date()
    rows = [_dossier() for _ in range(combien)]
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            await connection.execute(
                insert(Convention).values(
                    id=CONVENTION, bailleur=BAILLEUR, association=ASSOCIATION, dispositif=DISPOSITIF,
                    fin=today + timedelta(days=365),
                )
            )  # fmt: skip
            await connection.execute(insert(Dossier), rows)
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await _analyser(connection)
    finally:
        await engine.dispose()
    return [row["id"] for row in rows]


async def _analyser(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql("VACUUM ANALYZE dossiers")


def _dossier() -> dict[str, Any]:
    """As our own store holds it: the same life's first fact, in clear."""
    menage = uuid4()
    repere: Any = vie(menage, datetime.now(UTC).date() - timedelta(days=200), 1)[0].fait
    return {
        "id": uuid4(), "menage": menage, "bailleur": BAILLEUR, "etape": "reperee", "accord": True,
        "identite": msgspec.to_builtins(repere.identite), "composition": msgspec.to_builtins(repere.composition),
        "logement": msgspec.to_builtins(repere.logement), "publics": list(repere.publics),
    }  # fmt: skip
