"""Organisations that have agreed on nothing yet."""

from __future__ import annotations

import pytest

from tests.portail.conftest import Lieu
from tests.portail.voisinage import voisins


@pytest.fixture(scope="module")
async def chez(lieu: Lieu, request: pytest.FixtureRequest) -> str:
    """Their first name, which each test module has of its own."""
    nom = f"accord-{request.module.__name__.rpartition('test_')[2]}"
    await voisins(lieu, nom)
    return nom
