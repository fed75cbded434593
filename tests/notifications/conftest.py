"""What these tests stand on: worlds with the real services, each with a broker of its own.

Two worlds on one broker would take each other's facts for theirs: their organisations are the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.dossiers.app import SERVICE as DOSSIERS
from tests.infra import moteur_kafka, nouveau_kafka
from tests.monde import monde
from tests.notifications.scene import SANS_TACHES, Scene, peupler


@pytest.fixture(scope="module")
def kafka_du_module() -> Iterator[Kafka]:
    broker = nouveau_kafka(moteur_kafka())
    yield broker
    broker.fermer()


@pytest.fixture(scope="module")
async def scene(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """The module's world: dossiers and notifications, whose worker relays and projects and does nothing else."""
    dossier = tmp_path_factory.mktemp("monde")
    async with monde(bases_du_module, kafka_du_module.bootstrap, dossier, [DOSSIERS, SANS_TACHES]) as m:
        yield Scene(m, await peupler(m))
