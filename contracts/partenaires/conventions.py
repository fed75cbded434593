"""Conventions: a landlord and an association agree on places and dates for a dispositif."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta

from contracts.message import Message
from contracts.partenaires.formes import Regles


class ConventionProposee(Message, frozen=True):
    """A landlord and an association agree on places and dates for a dispositif; nothing runs before both have signed."""

    titre: ClassVar[str] = "ConventionProposée"
    convention: UUID
    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: Annotated[int, Meta(ge=1, le=10000)]
    debut: date
    fin: date
    regles: Regles
    le: date


class ConventionSignee(Message, frozen=True):
    titre: ClassVar[str] = "ConventionSignée"
    convention: UUID
    organisation: UUID
    membre: UUID
    le: date


class ConventionActivee(Message, frozen=True):
    """Signed by both and begun: orientations may cite it. Carries all that the other services need to know of it."""

    titre: ClassVar[str] = "ConventionActivée"
    convention: UUID
    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: int
    debut: date
    fin: date
    regles: Regles
    le: date


class ConventionEchue(Message, frozen=True):
    titre: ClassVar[str] = "ConventionÉchue"
    convention: UUID
    fin: date
    le: date


Event: TypeAlias = ConventionProposee | ConventionSignee | ConventionActivee | ConventionEchue
