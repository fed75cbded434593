"""Two networks of organisations on real PostgreSQL and Kafka, for the HTTP tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.partenaires.app import SERVICE
from tests.monde import monde
from tests.partenaires.reseau import Reseau, convenir, installer


@pytest.fixture(scope="module")
async def reseau(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Reseau]:
    """SEMIS, Tremplin 17 and the State; and three others that share nothing with them but have the same among them."""
    dossier = tmp_path_factory.mktemp("monde")
    async with monde(bases_du_module, kafka_du_module.bootstrap, dossier, [SERVICE]) as m:
        reseau = await installer(m)
        await convenir(reseau, "semis", "tremplin17", "etat")
        await convenir(reseau, "autre-bailleur", "autre-association", "autre-financeur")
        yield reseau
