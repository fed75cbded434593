"""Entretien: what the household needs, found in the initial interview."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias

from msgspec import Struct

from contracts.dossiers.formes import Note1a5
from contracts.listes import Support, Theme
from contracts.message import Message, Personnel


class Besoin(Struct, frozen=True):
    theme: Theme
    score: Note1a5
    precision: Personnel = ""


class EntretienInitialTenu(Message, frozen=True):
    titre: ClassVar[str] = "EntretienInitialTenu"
    besoins: tuple[Besoin, ...]
    synthese: Personnel
    support: Support
    le: date


Event: TypeAlias = EntretienInitialTenu
