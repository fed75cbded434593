"""The association's timeline of a dossier: what happened, when, by whom.

A line outlives what it tells of: an orientation stays in it after it was refused or withdrawn. So it shows nothing of the
landlord's that `portefeuille` lets go of then; and a note kept to the référent has no line for the others.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Boolean, Column, Date, DateTime, Table, Text, Uuid, select
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
from services.dossiers.lectures import DuDossier
from services.socle.base.columns import journal, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues
from services.socle.web.questions import SOMETHING, elements

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
    Column("reserve", Boolean, nullable=False),
)

_AILLEURS = frozenset({"type", "le", "identite", "composition", "logement", "expose", "texte"})
"""Fields that have their own column, or that another view shows under its own rules: who the household is and what the
landlord wrote of it (portefeuille), a note's text (notes)."""
_AILLEURS_A_LA_FIN = _AILLEURS | {"precision"}
"""The landlord closes what was not accepted yet, and its words are its own; the association's are in its portfolio."""


def lines(fait: Recorded[Read]) -> list[Row]:
    event = fait.event
    # A meeting the landlord held before the orientation is the landlord's; the association's line begins with its own.
    if isinstance(event, RencontreTenue) and event.par == "bailleur":
        return []
    ailleurs = _AILLEURS_A_LA_FIN if isinstance(event, DossierClos) else _AILLEURS
    details = {name: value for name, value in simple(event).items() if name not in ailleurs}
    return [
        {
            "type": type(event).__name__,
            "le": event.le,
            "instant": fait.instant,
            "auteur": fait.auteur,
            "organisation": fait.organisation,
            "details": details,
            "reserve": isinstance(event, NoteDeposee) and event.niveau != "equipe",
        }
    ]


def purge(fait: Recorded[Read]) -> dict[str, Any] | None:
    """An organisation that erased its data leaves no line behind."""
    return {"organisation": fait.organisation} if isinstance(fait.event, DonneesEffacees) else None


projection = Journal(
    vue,
    Read,
    lines,
    visible="""vues.suivi_par_mon_association(stream_id)
               AND (NOT reserve OR auteur = faits.membre() OR vues.suis_referent(stream_id))""",
    purge=purge,
)

COLONNES = [vue.c[name] for name in ("version", "type", "le", "instant", "auteur", "organisation", "details")]


def de(dossier: UUID) -> Query:
    """The dossier's timeline, oldest first."""
    return select(*COLONNES).where(vue.c.stream_id == dossier).order_by(vue.c.version, vue.c.rang)


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/dossiers/{dossier}/frise", **elements(de(SOMETHING)))
async def la_frise(lu: DuDossier) -> Response:
    """Ce qui s'est passé dans le dossier, pour l'association qui le suit."""
    return await lu.elements(de(lu.id), dans=None, journal="frise")
