"""Financement: who pays for a convention, year by year."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from contracts.listes import SourceDeFinancement
from contracts.message import Message


class LigneDeFinancement(Struct, frozen=True):
    """One funder's share of a year's plan, in euro cents."""

    financeur: UUID
    source: SourceDeFinancement
    montant_centimes: Annotated[int, Meta(ge=0)]


class PlanDeFinancementEtabli(Message, frozen=True):
    """The year's funding plan of a convention; establishing it again replaces it."""

    titre: ClassVar[str] = "PlanDeFinancementÉtabli"
    convention: UUID
    annee: Annotated[int, Meta(ge=2000, le=2100)]
    lignes: tuple[LigneDeFinancement, ...]
    le: date


Event: TypeAlias = PlanDeFinancementEtabli
