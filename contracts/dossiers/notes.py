"""Écrits: what the association notes for itself."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts.listes import NiveauDeNote, Theme
from contracts.message import Message, Personnel


class NoteDeposee(Message, frozen=True):
    """A note of the association. `niveau` says who of the association reads it: referent or equipe. Never the landlord."""

    titre: ClassVar[str] = "NoteDéposée"
    note: UUID
    niveau: NiveauDeNote
    theme: Theme | None
    texte: Personnel
    le: date


Event: TypeAlias = NoteDeposee
