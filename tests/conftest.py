"""What every test may ask for."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.scenario")

from tests.infra import (
    bases,
    bases_du_module,
    kafka,
    kafka_a_part,
    kafka_apache,
    kafka_apache_a_part,
    kafka_du_module,
    postgres,
    postgres_a_part,
    secrets_roles,
)

__all__ = [
    "bases",
    "bases_du_module",
    "kafka",
    "kafka_a_part",
    "kafka_apache",
    "kafka_apache_a_part",
    "kafka_du_module",
    "postgres",
    "postgres_a_part",
    "secrets_roles",
]
