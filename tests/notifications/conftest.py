"""What these tests stand on: worlds with the real services, each with a broker of its own.

Two worlds on one broker would take each other's facts for theirs: their organisations are the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.roles import preparer, supprimer
from services.dossiers.app import SERVICE as DOSSIERS
from services.partenaires.app import SERVICE as PARTENAIRES
from tests.infra import Postgres, moteur_kafka, nouveau_kafka
from tests.monde import monde
from tests.notifications.scene import SANS_TACHES, Scene, peupler

SERVICES = (PARTENAIRES, DOSSIERS, SANS_TACHES)


@asynccontextmanager
async def _scene(postgres: Postgres, secrets: Path, dossier: Path, nom: str) -> AsyncIterator[Scene]:
    acces = await preparer(postgres.dsn_admin, secrets, prefixe=f"{nom}_")
    kafka = nouveau_kafka(moteur_kafka())
    try:
        async with monde(acces, kafka.bootstrap, dossier, SERVICES) as m:
            yield Scene(m, kafka, await peupler(m))
    finally:
        kafka.fermer()
        await supprimer(postgres.dsn_admin, acces)


@pytest.fixture(scope="package")
async def scene(
    postgres: Postgres, secrets_roles: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A world where nobody keeps the calendar. The worker of notifications relays and projects, and sends no feed unless
    the test does."""
    async with _scene(postgres, secrets_roles, tmp_path_factory.mktemp("messages"), "messages") as une:
        yield une


@pytest.fixture(scope="module")
async def calendrier(
    postgres: Postgres, secrets_roles: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """A world of its own for those who move the clock: whatever falls due in it is done."""
    async with _scene(postgres, secrets_roles, tmp_path_factory.mktemp("calendrier"), "calendrier") as une:
        yield une
