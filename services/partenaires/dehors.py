"""What the chapters may ask of the world outside their stream: what this service knows of the others they name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.partenaires.chapitres.dispositif import ReglesDemandees
from services.partenaires.vues import dispositifs, organisations
from services.socle.base.database import Query, Regard, Vues, reading, rows
from services.socle.facts.act import Acte
from services.socle.keys.keyring import Trousseau
from services.socle.views import access

PERSONNE = UUID(int=0)
CONTROLE = Regard(PERSONNE, PERSONNE, frozenset({"controle"}))
"""How a command's own checks look: at the nature of the organisations it names."""
ACCES = Regard(PERSONNE, PERSONNE, frozenset({"acces"}))
"""How sign-in looks: at who holds a subject."""

PATIENCE = 1.0
"""Seconds a command waits for what it names to reach the views: it may have been written a moment ago."""


class Dehors:
    def __init__(self, vues: Vues, _: Trousseau) -> None:
        self._engine: AsyncEngine = vues.engine

    async def regles(self, dispositif: UUID, acte: Acte) -> ReglesDemandees | None:
        regard = Regard(acte.organisation, acte.membre, acte.roles)
        found = await self._attendre(regard, dispositifs.un(dispositif), 1)
        return ReglesDemandees(**found[0]["regles"]) if found else None

    async def natures(self, identifiants: Collection[UUID]) -> dict[UUID, str]:
        found = await self._attendre(CONTROLE, organisations.natures(set(identifiants)), len(identifiants))
        return {row["organisation"]: row["nature"] for row in found}

    async def titulaire(self, emetteur: str, sujet: str) -> UUID | None:
        held = await self._lire(ACCES, access.de(emetteur, sujet).limit(1))
        return held[0]["membre"] if held else None

    async def _attendre(self, regard: Regard, query: Query, combien: int) -> list[dict[str, Any]]:
        """The rows of `query`, once there are `combien` or patience has run out."""
        deadline, pause = time.monotonic() + PATIENCE, 0.005
        while True:
            found = await self._lire(regard, query)
            if len(found) >= combien or time.monotonic() > deadline:
                return found
            await asyncio.sleep(pause)
            pause *= 1.5

    async def _lire(self, regard: Regard, query: Query) -> list[dict[str, Any]]:
        async with reading(self._engine, regard) as connection:
            return await rows(connection, query)
