"""What the tests of several pages begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.portail.conftest import Lieu
from tests.portail.financement import Financement, financer
from tests.portail.suivi import Creer, menages


@pytest.fixture
async def menage(lieu: Lieu) -> AsyncIterator[Creer]:
    async with menages(lieu) as creer:
        yield creer


@pytest.fixture(scope="module")
async def financement(lieu: Lieu, request: pytest.FixtureRequest) -> Financement:
    """Organisations of one test module alone: nothing of the others' is counted, nor theirs disturbed."""
    return await financer(lieu, request.module.__name__.rpartition("test_")[2])
