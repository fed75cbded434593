"""The dispositifs and their rules, for whoever opened them and for those who share a convention on them."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import ARRAY, Column, Date, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts.partenaires import DispositifOuvert
from services.socle.base.columns import fiche, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.questions import About, LaPage, LaQuestion, about, one, pages
from services.socle.web.reading import Tri

vue = Table(
    "dispositifs",
    vues(),
    *fiche("dispositif"),
    Column("organisation", Uuid, nullable=False),
    Column("nom", Text, nullable=False),
    Column("publics", ARRAY(Text), nullable=False),
    Column("themes", ARRAY(Text), nullable=False),
    Column("regles", JSONB, nullable=False),
    Column("ouvert_le", Date, nullable=False),
)


def fold(_: Row | None, fait: Recorded[DispositifOuvert]) -> Row:
    e = fait.event
    return {
        "organisation": e.organisation,
        "nom": e.nom,
        "publics": list(e.publics),
        "themes": list(e.themes),
        "regles": simple(e.regles),
        "ouvert_le": e.le,
    }


projection = Fiche(
    vue,
    DispositifOuvert,
    fold,
    visible="organisation = faits.organisation() OR vues.dispositif_de_mes_conventions(dispositif)",
)


def liste() -> Query:
    """The dispositifs the caller may see."""
    t = vue.c
    return select(t.dispositif, t.organisation, t.nom, t.publics, t.themes, t.regles, t.ouvert_le)


def un(dispositif: UUID) -> Query:
    return liste().where(vue.c.dispositif == dispositif)


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/dispositifs", **pages(liste()))
async def les_dispositifs(lu: LaQuestion, ou: LaPage) -> Response:
    """Les dispositifs de votre organisation et de ses conventions."""
    return await lu.page(liste(), [Tri(vue.c.ouvert_le, decroissant=True), Tri(vue.c.dispositif)], ou)


@routes.get("/dispositifs/{dispositif}", **one(liste()))
async def un_dispositif(lu: Annotated[About, Depends(about("dispositif"))]) -> Response:
    """Un dispositif et ses règles."""
    return await lu.one(un(lu.id), journal=None)
