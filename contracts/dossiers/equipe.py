"""Équipe: who of the association follows the household."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts.message import Message


class ReferentDesigne(Message, frozen=True):
    titre: ClassVar[str] = "RéférentDésigné"
    referent: UUID
    le: date


Event: TypeAlias = ReferentDesigne
