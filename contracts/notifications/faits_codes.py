"""Faits codés: the feeds. One stream per convention, whose versions are the feeds' positions."""

from __future__ import annotations

from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts import flux
from contracts.message import Message

SANS_PSEUDONYME = "-" * 16
"""What stands for the pseudonym until a feed puts its own: a fact is coded once, and named once per funder and year."""


class FaitDeMenageCode(Message, frozen=True):
    """What a convention's funders may know of a fact of a household, without its pseudonym. `annee` is the civil year of
    the pseudonym it is published under."""

    titre: ClassVar[str] = "FaitDeMénageCodé"
    convention: UUID
    dossier: UUID
    annee: int
    fait: flux.FaitDeMenage


class FaitDeConventionCode(Message, frozen=True):
    """What a convention's funders may know of a fact of the convention itself."""

    titre: ClassVar[str] = "FaitDeConventionCodé"
    convention: UUID
    fait: flux.FaitDeConvention


Event: TypeAlias = FaitDeMenageCode | FaitDeConventionCode
