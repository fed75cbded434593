"""Who asks for something, for which organisation, and when: what every decision may know besides its stream."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct


class Acte(Struct, frozen=True):
    """The circumstances of one command. `le` is the Paris civil date of `instant` (UTC)."""

    organisation: UUID
    membre: UUID
    roles: frozenset[str]
    instant: datetime
    le: date
    commande: UUID
    correlation: UUID
