"""What an endpoint works with: one object, opened when the service starts, behind two FastAPI dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

from fastapi import Request
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from services.socle.base.calendar import date_paris
from services.socle.base.clock import Horloge
from services.socle.facts.act import Acte
from services.socle.facts.handle import Handler
from services.socle.facts.refusal import Motif
from services.socle.keys.keyring import Trousseau
from services.socle.web.access_log import Consultations
from services.socle.web.auth import Acteur
from services.socle.web.reading import Lecture

E = TypeVar("E")
D = TypeVar("D")


class Moyens(Struct, Generic[E, D], frozen=True):
    """`dehors`: what the service's chapters may ask of the world outside their streams. `motifs`: what it says when it
    refuses."""

    handler: Handler[E]
    dehors: D
    lecture: Lecture
    trousseau: Trousseau
    horloge: Horloge
    engine: AsyncEngine
    consultations: Consultations
    motifs: Mapping[str, Motif]

    def acte(self, acteur: Acteur, commande: UUID, correlation: UUID) -> Acte:
        """The circumstances of a command asked by `acteur` now."""
        instant = self.horloge.now()
        return Acte(
            acteur.organisation, acteur.membre, acteur.roles, instant, date_paris(instant), commande, correlation
        )


async def moyens(request: Request) -> Moyens[Any, Any]:
    """FastAPI dependency: what the endpoint works with. Asynchronous, or FastAPI asks another thread for it."""
    found: Moyens[Any, Any] = request.app.state.moyens
    return found
