"""A dossier's appointments: all of them for the association, the joint ones, without their object, for the landlord.

Two tables, because row-level security hides rows and not columns: what is kept of a joint appointment for the landlord is
only ever written where the landlord reads.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import Any, TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Column, Table, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts import dossiers as d
from services.dossiers.lectures import DuDossier, de_sa_nature
from services.socle.base.columns import fiche, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.questions import SOMETHING, one

Read: TypeAlias = d.orientation.Event | d.rendez_vous.Event | d.fin.Event
Ignored: TypeAlias = (
    d.OrientationMiseALEtude
    | d.OrientationAcceptee
    | d.OrientationRefusee
    | d.OrientationRetiree
    | d.OrientationExpiree
    | d.DossierClos
)

_AU_BAILLEUR = ("rendez_vous", "jour", "heure", "fuseau", "lieu", "avec", "etat")
"""What the landlord reads of a joint appointment: not its object, nor why it was missed."""


def _table(nom: str) -> Table:
    return Table(
        nom,
        vues(),
        *fiche("dossier"),
        Column("association", Uuid, nullable=False),
        Column("bailleur", Uuid, nullable=False),
        Column("rendez_vous", JSONB, nullable=False),
    )


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    """The association's: appointments in the order of their days."""
    event = fait.event
    match event:
        case d.MenageOriente(association=association, bailleur=bailleur):
            return {"association": association, "bailleur": bailleur, "rendez_vous": row["rendez_vous"] if row else []}
        case d.RendezVousFixe():
            return row and _avec(row, {**_sans_type(event), "etat": "fixe"})
        case d.RendezVousTenu(rendez_vous=rendez_vous):
            return row and _devenu(row, rendez_vous, etat="tenu")
        case d.RendezVousManque(rendez_vous=rendez_vous, motif=motif, precision=precision):
            return row and _devenu(row, rendez_vous, etat="manque", motif=motif, precision=precision)
        case d.RendezVousAnnule(rendez_vous=rendez_vous):
            return row and _devenu(row, rendez_vous, etat="annule")
        case d.DonneesEffacees(organisation=organisation):
            return None if row and str(organisation) == str(row["association"]) else row
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


def fold_bailleur(row: Row | None, fait: Recorded[Read]) -> Row | None:
    """The landlord's: the joint ones, reduced. It loses them with whoever erases, itself or the association."""
    match fait.event:
        case d.DonneesEffacees():
            return None
        case d.RendezVousFixe(avec=avec) if "bailleur" not in avec:
            return row
        case d.MenageOriente() | d.RendezVousFixe() | d.RendezVousTenu() | d.RendezVousManque() | d.RendezVousAnnule():
            apres = fold(row, fait)
            return apres and apres | {"rendez_vous": [_reduit(r) for r in apres["rendez_vous"]]}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


def _reduit(rendez_vous: Row) -> Row:
    return {nom: rendez_vous[nom] for nom in _AU_BAILLEUR}


def _sans_type(event: d.RendezVousFixe) -> Row:
    return {nom: v for nom, v in simple(event).items() if nom not in ("type", "le")} | {"avec": list(event.avec)}


def _avec(row: Row, neuf: Row) -> Row:
    autres = [r for r in row["rendez_vous"] if r["rendez_vous"] != neuf["rendez_vous"]]
    return row | {"rendez_vous": sorted([*autres, neuf], key=lambda r: (r["jour"], r["heure"], r["rendez_vous"]))}


def _devenu(row: Row, rendez_vous: UUID, **change: str) -> Row:
    """Nothing changes where it is not among those the row holds: the landlord's are only the joint ones."""
    return row | {
        "rendez_vous": [r | change if r["rendez_vous"] == str(rendez_vous) else r for r in row["rendez_vous"]]
    }


de_l_association = Fiche(
    _table("rendez_vous"), Read, fold, visible="association = vues.mon_association()", ignores=Ignored
)
du_bailleur = Fiche(
    _table("rendez_vous_communs"), Read, fold_bailleur, visible="bailleur = vues.mon_bailleur()", ignores=Ignored
)


def _un(projection: Fiche, dossier: UUID) -> Query:
    vue = projection.table.c
    return select(vue.dossier, vue.rendez_vous).where(vue.dossier == dossier)


# Questions

routes = APIRouter(prefix="/v1")

FICHES: dict[str, Any] = {
    "bailleur": lambda dossier: _un(du_bailleur, dossier),
    "association": lambda dossier: _un(de_l_association, dossier),
}


@routes.get("/dossiers/{dossier}/rendez-vous", **one(_un(de_l_association, SOMETHING)))
async def les_rendez_vous(lu: DuDossier) -> Response:
    """Les rendez-vous du dossier ; pour le bailleur, ceux où il vient aussi."""
    return await lu.one(de_sa_nature(lu, FICHES), journal="rendez_vous")
