"""What every test may ask for."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.scenario")

from tests.durees import Durees
from tests.infra import (
    bases,
    bases_du_module,
    kafka,
    kafka_apache,
    kafka_apache_a_part,
    kafka_apache_du_module,
    kafka_du_module,
    kafka_vide,
    postgres,
    postgres_a_part,
    secrets_roles,
)
from tests.processus import Processus, processus
from tests.repartition import Repartition

__all__ = [
    "bases",
    "bases_du_module",
    "kafka",
    "kafka_apache",
    "kafka_apache_a_part",
    "kafka_apache_du_module",
    "kafka_du_module",
    "kafka_vide",
    "postgres",
    "postgres_a_part",
    "processus",
    "secrets_roles",
]


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says something of the machine, and nothing of the code.
    settings.register_profile("ici", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("ici")
    for plugin in (Processus(), Repartition(), Durees()):
        config.pluginmanager.register(plugin)
