"""Repérage: the landlord finds a household that needs help, and says what it saw."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts.dossiers.formes import Composition, Identite, Logement
from contracts.listes import MotifDOrientation, Public
from contracts.message import Message, Personnel


class MenageRepere(Message, frozen=True):
    titre: ClassVar[str] = "MénageRepéré"
    menage: UUID
    bailleur: UUID
    identite: Identite
    composition: Composition
    logement: Logement
    publics: tuple[Public, ...]
    le: date


class DiagnosticPose(Message, frozen=True):
    """The landlord's first diagnosis, before anything is transmitted."""

    titre: ClassVar[str] = "DiagnosticPosé"
    motifs: tuple[MotifDOrientation, ...]
    constat: Personnel
    le: date


Event: TypeAlias = MenageRepere | DiagnosticPose
