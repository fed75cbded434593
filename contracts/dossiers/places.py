"""Places: the convention's own stream, so that its last place is given once."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts.message import Message


class PlacePrise(Message, frozen=True):
    titre: ClassVar[str] = "PlacePrise"
    convention: UUID
    dossier: UUID
    le: date


class PlaceRendue(Message, frozen=True):
    titre: ClassVar[str] = "PlaceRendue"
    convention: UUID
    dossier: UUID
    le: date


Event: TypeAlias = PlacePrise | PlaceRendue
