"""The association's timeline of a dossier: what happened, when, by whom. Notes are named here, and read in their own view."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Date, DateTime, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ConsentementRecueilli,
    ConsentementRetire,
    ContratPrepare,
    ContratSigne,
    DonneesEffacees,
    DossierClos,
    EntretienInitialTenu,
    MenageOriente,
    NoteDeposee,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    ReferentDesigne,
    RencontreTenue,
    SuiviReevalue,
)
from services.socle.colonnes import journal, simple
from services.socle.database import Query
from services.socle.recorded import Recorded
from services.socle.view import Journal, Row, vues

Read: TypeAlias = (
    MenageOriente
    | OrientationMiseALEtude
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
    | RencontreTenue
    | AdhesionRecueillie
    | AdhesionRefusee
    | ReferentDesigne
    | EntretienInitialTenu
    | ContratPrepare
    | ContratSigne
    | SuiviReevalue
    | ReevaluationEnRetard
    | ReevaluationEscaladee
    | ReevaluationManquee
    | NoteDeposee
    | ConsentementRecueilli
    | ConsentementRetire
    | DossierClos
    | DonneesEffacees
)

vue = Table(
    "frise",
    vues(),
    *journal(),
    Column("type", Text, nullable=False),
    Column("le", Date, nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False),
    Column("auteur", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("details", JSONB, nullable=False),
)

_AILLEURS = frozenset({"type", "le", "identite", "texte"})
"""Fields that have their own column, or that another view shows under its own rules (identity, a note's text)."""


def lines(fait: Recorded[Read]) -> list[Row]:
    event = fait.event
    # A meeting the landlord held before the orientation is the landlord's; the association's line begins with its own.
    if isinstance(event, RencontreTenue) and event.par == "bailleur":
        return []
    details = {name: value for name, value in simple(event).items() if name not in _AILLEURS}
    return [
        {
            "type": type(event).__name__,
            "le": event.le,
            "instant": fait.instant,
            "auteur": fait.auteur,
            "organisation": fait.organisation,
            "details": details,
        }
    ]


def purge(fait: Recorded[Read]) -> dict[str, Any] | None:
    """An organisation that erased its data leaves no line behind."""
    return {"organisation": fait.organisation} if isinstance(fait.event, DonneesEffacees) else None


projection = Journal(vue, Read, lines, visible="vues.suivi_par_mon_association(stream_id)", purge=purge)


def de(dossier: UUID) -> Query:
    """The dossier's timeline, oldest first."""
    return select(vue).where(vue.c.stream_id == dossier).order_by(vue.c.version, vue.c.rang)
