"""Orientation: the landlord asks an association to meet the household, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from msgspec import Struct

from contracts.dossiers.formes import Composition, Identite, Logement
from contracts.listes import (
    AuteurDeRefus,
    EtapeDeRefus,
    Finalite,
    MotifDeRefus,
    MotifDeRetrait,
    MotifDOrientation,
    Public,
)
from contracts.message import Message, Personnel


class Conditions(Struct, frozen=True):
    """The dispositif's terms as they stood when the household was oriented; a later change does not touch a running dossier."""

    periodicite_mois: int = 2
    delai_reponse_jours: int = 15
    delai_etude_jours: int = 30
    entretien_requis: bool = True


class MenageOriente(Message, frozen=True):
    """The landlord asks the association to meet the household, under an active convention, with the household's agreement:
    `consentements` is all it has agreed to by then, which the association could not know otherwise."""

    titre: ClassVar[str] = "MénageOrienté"
    menage: UUID
    bailleur: UUID
    association: UUID
    dispositif: UUID
    convention: UUID
    identite: Identite
    composition: Composition
    logement: Logement
    publics: tuple[Public, ...]
    motifs: tuple[MotifDOrientation, ...]
    expose: Personnel
    conditions: Conditions
    reponse_avant: date
    le: date
    consentements: tuple[Finalite, ...] = ("transmission",)


class OrientationMiseALEtude(Message, frozen=True):
    titre: ClassVar[str] = "OrientationMiseÀLÉtude"
    reponse_avant: date
    le: date


class OrientationAcceptee(Message, frozen=True):
    """The association takes the household in. From here it keeps its own copy of who the household is, under its own key."""

    titre: ClassVar[str] = "OrientationAcceptée"
    convention: UUID
    identite: Identite
    le: date


class OrientationRefusee(Message, frozen=True):
    titre: ClassVar[str] = "OrientationRefusée"
    auteur: AuteurDeRefus
    etape: EtapeDeRefus
    motif: MotifDeRefus
    precision: Personnel
    le: date


class OrientationRetiree(Message, frozen=True):
    """The landlord takes its request back before an answer."""

    titre: ClassVar[str] = "OrientationRetirée"
    motif: MotifDeRetrait
    le: date


class OrientationExpiree(Message, frozen=True):
    """Nobody answered in time: `echeance` was the last day."""

    titre: ClassVar[str] = "OrientationExpirée"
    echeance: date
    le: date


Event: TypeAlias = (
    MenageOriente
    | OrientationMiseALEtude
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
)
