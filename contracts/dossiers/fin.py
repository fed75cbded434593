"""Fin: a follow-up ends; later, what was written of it is forgotten."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts.listes import MotifDeSortie, SituationDeSortie
from contracts.message import Message, Personnel


class DossierClos(Message, frozen=True):
    titre: ClassVar[str] = "DossierClos"
    motif: MotifDeSortie
    situation: SituationDeSortie
    precision: Personnel
    le: date


class DonneesEffacees(Message, frozen=True):
    """`organisation` has destroyed its key for the household: what it wrote about it can no longer be read by anyone."""

    titre: ClassVar[str] = "DonnéesEffacées"
    menage: UUID
    organisation: UUID
    le: date


Event: TypeAlias = DossierClos | DonneesEffacees
