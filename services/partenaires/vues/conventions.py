"""The conventions as their two parties and the funders of their plans see them: terms, signatures, status, money.

The exploitant sees none: who works with whom about households is not what it is there for.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import Annotated, Literal, TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import ARRAY, Column, ColumnElement, Date, Integer, ScalarSelect, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts.partenaires import (
    ConventionActivee,
    ConventionEchue,
    ConventionProposee,
    ConventionSignee,
    PlanDeFinancementEtabli,
)
from services.partenaires.vues.dispositifs import vue as dispositifs
from services.partenaires.vues.organisations import vue as organisations
from services.socle.base.columns import fiche, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.questions import About, LaPage, LaQuestion, about, one, pages
from services.socle.web.reading import Tri

Read: TypeAlias = ConventionProposee | ConventionSignee | ConventionActivee | ConventionEchue | PlanDeFinancementEtabli

vue = Table(
    "conventions",
    vues(),
    *fiche("convention"),
    Column("dispositif", Uuid, nullable=False),
    Column("bailleur", Uuid, nullable=False, index=True),
    Column("association", Uuid, nullable=False, index=True),
    Column("financeurs", ARRAY(Uuid), nullable=False),
    Column("statut", Text, nullable=False),
    Column("places", Integer, nullable=False),
    Column("debut", Date, nullable=False),
    Column("fin", Date, nullable=False),
    Column("regles", JSONB, nullable=False),
    Column("proposee_le", Date, nullable=False),
    Column("signatures", JSONB, nullable=False),
    Column("active_depuis", Date),
    Column("plans", JSONB, nullable=False),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    event = fait.event
    if isinstance(event, ConventionProposee):
        return _proposee(event)
    if row is None:
        return None
    match event:
        case ConventionSignee(organisation=organisation, le=le):
            return {**row, "signatures": [*row["signatures"], {"organisation": str(organisation), "le": str(le)}]}
        case ConventionActivee(le=le):
            return {**row, "statut": "active", "active_depuis": le}
        case ConventionEchue():
            return {**row, "statut": "echue"}
        case PlanDeFinancementEtabli():
            return _financee(row, event)
        case other:
            assert_never(other)


def _proposee(e: ConventionProposee) -> Row:
    return {
        "dispositif": e.dispositif,
        "bailleur": e.bailleur,
        "association": e.association,
        "financeurs": [],
        "statut": "en_signature",
        "places": e.places,
        "debut": e.debut,
        "fin": e.fin,
        "regles": simple(e.regles),
        "proposee_le": e.le,
        "signatures": [],
        "active_depuis": None,
        "plans": [],
    }


def _financee(row: Row, event: PlanDeFinancementEtabli) -> Row:
    """The year's plan replaced; whoever pays in any year sees the convention."""
    plan = {"annee": event.annee, "lignes": simple(event.lignes), "le": str(event.le)}
    autres = [p for p in row["plans"] if p["annee"] != event.annee]
    plans = sorted([*autres, plan], key=lambda p: p["annee"])
    financeurs = sorted({ligne["financeur"] for p in plans for ligne in p["lignes"]})
    return {**row, "plans": plans, "financeurs": financeurs}


projection = Fiche(
    vue,
    Read,
    fold,
    visible="faits.organisation() IN (bailleur, association) OR faits.organisation() = ANY (financeurs)",
)


def liste(statut: str | None = None) -> Query:
    """The conventions the caller may see, with the names of what they link."""
    query = select(
        *(c for c in vue.columns if c.name not in ("stream_id", "version")),
        _nom(vue.c.bailleur).label("bailleur_nom"),
        _nom(vue.c.association).label("association_nom"),
        select(dispositifs.c.nom)
        .where(dispositifs.c.dispositif == vue.c.dispositif)
        .scalar_subquery()
        .label("dispositif_nom"),
    )
    return query if statut is None else query.where(vue.c.statut == statut)


def une(convention: UUID) -> Query:
    return liste().where(vue.c.convention == convention)


def _nom(organisation: ColumnElement[UUID]) -> ScalarSelect[str]:
    return select(organisations.c.nom).where(organisations.c.organisation == organisation).scalar_subquery()


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/conventions", **pages(liste()))
async def les_conventions(
    lu: LaQuestion, ou: LaPage, statut: Literal["en_signature", "active", "echue"] | None = None
) -> Response:
    """Les conventions dont votre organisation est partie, ou qu'elle finance."""
    return await lu.page(liste(statut), [Tri(vue.c.debut, decroissant=True), Tri(vue.c.convention)], ou)


@routes.get("/conventions/{convention}", **one(liste()))
async def une_convention(lu: Annotated[About, Depends(about("convention"))]) -> Response:
    """Une convention : ses termes, ses signatures, ses plans de financement."""
    return await lu.one(une(lu.id), journal=None)
