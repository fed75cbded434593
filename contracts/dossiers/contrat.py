"""Contrat: what the parties promise each other, and who has signed it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from msgspec import Struct

from contracts.dossiers.formes import Constats
from contracts.listes import MoyenDeSignature, Partie, Theme
from contracts.message import Message, Personnel


class Objectif(Struct, frozen=True):
    objectif: UUID
    theme: Theme
    intitule: Personnel
    terme: date | None = None


class Engagement(Struct, frozen=True):
    """What one party promises in the contract."""

    partie: Partie
    texte: Personnel


class ContratPrepare(Message, frozen=True):
    """What the parties are about to sign. Preparing again replaces it as long as nobody has signed."""

    titre: ClassVar[str] = "ContratPréparé"
    contrat: UUID
    debut: date
    fin: date
    objectifs: tuple[Objectif, ...]
    engagements: tuple[Engagement, ...]
    calendrier: tuple[date, ...]
    le: date


class ContratSigne(Message, frozen=True):
    """One party signs. With the last signature (`complet`) the contract is in force and the first re-evaluation has its date
    (`constats`: what becomes of it)."""

    titre: ClassVar[str] = "ContratSigné"
    contrat: UUID
    partie: Partie
    moyen: MoyenDeSignature
    complet: bool
    debut: date
    fin: date
    prochaine_echeance: date | None
    le: date
    constats: Constats | None = None


Event: TypeAlias = ContratPrepare | ContratSigne
