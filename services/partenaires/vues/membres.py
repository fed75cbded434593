"""The members of an organisation, as itself and the exploitant see them. Names stay sealed here."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import ARRAY, Column, Date, Table, Text, Uuid, select

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire
from services.partenaires.vues import organisations
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.facts.refusal import Refus
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.questions import SOMETHING, LaPage, pages
from services.socle.web.reading import Tri

Read: TypeAlias = MembreInvite | MembreHabilite | MembreRetire

vue = Table(
    "membres",
    vues(),
    *fiche("membre"),
    Column("organisation", Uuid, nullable=False, index=True),
    Column("nom", Text, nullable=False),
    Column("courriel", Text, nullable=False),
    Column("statut", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("depuis", Date, nullable=False),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    match fait.event:
        case MembreInvite() as e:
            return {
                "organisation": e.organisation,
                "nom": e.nom,
                "courriel": e.courriel,
                "statut": "invite",
                "roles": [],
                "depuis": e.le,
            }
        case MembreHabilite() as e:
            return row and {**row, "statut": "habilite", "roles": list(e.roles), "depuis": e.le}
        case MembreRetire() as e:
            return row and {**row, "statut": "retire", "roles": [], "depuis": e.le}
        case other:
            assert_never(other)


projection = Fiche(
    vue,
    Read,
    fold,
    visible="organisation = faits.organisation() OR faits.a_le_role('exploitant')",
    key=lambda fait: fait.event.membre,
)


def de(organisation: UUID) -> Query:
    """The organisation's members the caller may see, removed ones included."""
    t = vue.c
    return select(t.membre, t.nom, t.courriel, t.statut, t.roles, t.depuis).where(t.organisation == organisation)


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/organisations/{organisation}/membres", **pages(de(SOMETHING)))
async def les_membres(lu: organisations.DeLOrganisation, ou: LaPage) -> Response:
    """Les membres de votre organisation, retirés compris."""
    if lu.acteur.organisation != lu.id and "exploitant" not in lu.acteur.roles:
        raise Refus("inconnu")
    tri = [Tri(vue.c.depuis), Tri(vue.c.membre)]
    return await lu.page_within(de(lu.id), tri, ou, dans=organisations.une(lu.id))
