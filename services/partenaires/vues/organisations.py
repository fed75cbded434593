"""The organisations' public sheets: name, nature, commune.

An organisation sees its own, those of the parties and funders of the conventions it may see, and no other: nobody
learns that an organisation uses the system by leafing through a directory. The exploitant sees all.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from collections.abc import Collection
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import Column, Date, Table, Text, select

from contracts.partenaires import OrganisationInscrite
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.questions import About, LaPage, LaQuestion, about, one, pages
from services.socle.web.reading import Tri

vue = Table(
    "organisations",
    vues(),
    *fiche("organisation"),
    Column("nom", Text, nullable=False),
    Column("nature", Text, nullable=False),
    Column("commune", Text, nullable=False),
    Column("inscrite_le", Date, nullable=False),
)


def fold(_: Row | None, fait: Recorded[OrganisationInscrite]) -> Row:
    e = fait.event
    return {"nom": e.nom, "nature": e.nature, "commune": e.commune, "inscrite_le": e.le}


projection = Fiche(
    vue,
    OrganisationInscrite,
    fold,
    # `controle` is what a command's own checks call themselves: whether the counterpart it names is what it should be.
    visible="""organisation = faits.organisation() OR faits.a_le_role('exploitant') OR faits.a_le_role('controle')
               OR vues.dans_mes_conventions(organisation)""",
)


def liste() -> Query:
    """The sheets the caller may see."""
    return select(vue.c.organisation, vue.c.nom, vue.c.nature, vue.c.commune, vue.c.inscrite_le)


def une(organisation: UUID) -> Query:
    return liste().where(vue.c.organisation == organisation)


def natures(identifiants: Collection[UUID]) -> Query:
    """The nature of each of these organisations."""
    return select(vue.c.organisation, vue.c.nature).where(vue.c.organisation.in_(identifiants))


# Questions

routes = APIRouter(prefix="/v1")


DeLOrganisation: TypeAlias = Annotated[About, Depends(about("organisation"))]


@routes.get("/organisations", **pages(liste()))
async def les_organisations(lu: LaQuestion, ou: LaPage) -> Response:
    """Votre organisation et celles de vos conventions ; toutes, pour l'exploitant."""
    return await lu.page(liste(), [Tri(vue.c.inscrite_le), Tri(vue.c.organisation)], ou)


@routes.get("/organisations/{organisation}", **one(liste()))
async def une_organisation(lu: DeLOrganisation) -> Response:
    """La fiche d'une organisation."""
    return await lu.one(une(lu.id), journal=None)
