"""A neighbourhood of organisations on real PostgreSQL and Kafka, for the HTTP tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from tests.dossiers.quartier import Quartier, quartier


@pytest.fixture(scope="module")
async def q(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Quartier]:
    async with quartier(bases_du_module, kafka_du_module.bootstrap, tmp_path_factory.mktemp("monde")) as q:
        yield q
