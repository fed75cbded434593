"""The association's timeline of a dossier: what happened, when, by whom.

A line outlives what it tells of: an orientation stays in it after it was refused or withdrawn. So it shows nothing of the
landlord's that `portefeuille` lets go of then; and a note kept to the référent has no line for the others.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import Any, TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Boolean, Column, Date, DateTime, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts import dossiers as d
from services.dossiers.lectures import DuDossier
from services.socle.base.columns import journal, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues
from services.socle.web.questions import SOMETHING, elements

Read: TypeAlias = (
    d.orientation.Event
    | d.adhesion.Event
    | d.equipe.Event
    | d.entretien.Event
    | d.contrat.Event
    | d.suivi.Event
    | d.rendez_vous.Event
    | d.notes.Event
    | d.vie_privee.Event
    | d.fin.Event
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
    ailleurs = _ailleurs(fait.event)
    if ailleurs is None:
        return []
    return [
        {
            "type": type(fait.event).__name__,
            "le": fait.event.le,
            "instant": fait.instant,
            "auteur": fait.auteur,
            "organisation": fait.organisation,
            "details": {name: value for name, value in simple(fait.event).items() if name not in ailleurs},
            "reserve": isinstance(fait.event, d.NoteDeposee) and fait.event.niveau != "equipe",
        }
    ]


def _ailleurs(event: Read) -> frozenset[str] | None:
    """The fields the line does not show; None when there is no line. Decided for each event: what it says of a household is
    shown to a whole team."""
    match event:
        case d.RencontreTenue(par=par):
            # A meeting the landlord held before the orientation is the landlord's; the association's line begins with its own.
            return None if par == "bailleur" else _AILLEURS
        case d.DossierClos():
            return _AILLEURS_A_LA_FIN
        case d.MenageOriente() | d.OrientationMiseALEtude() | d.OrientationAcceptee() | d.OrientationRefusee():
            return _AILLEURS
        case d.OrientationRetiree() | d.OrientationExpiree() | d.AdhesionRecueillie() | d.AdhesionRefusee():
            return _AILLEURS
        case d.ReferentDesigne() | d.EntretienInitialTenu() | d.ContratPrepare() | d.ContratSigne():
            return _AILLEURS
        case d.SuiviReevalue() | d.ReevaluationEnRetard() | d.ReevaluationEscaladee() | d.ReevaluationManquee():
            return _AILLEURS
        case (
            d.RendezVousFixe()
            | d.RendezVousTenu()
            | d.RendezVousManque()
            | d.RendezVousAnnule()
            | d.NoteDeposee()
            | d.ConsentementRecueilli()
            | d.ConsentementRetire()
            | d.DonneesEffacees()
        ):
            return _AILLEURS
        case other:
            assert_never(other)


def purge(fait: Recorded[Read]) -> dict[str, Any] | None:
    """An organisation that erased its data leaves no line behind."""
    return {"organisation": fait.organisation} if isinstance(fait.event, d.DonneesEffacees) else None


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
