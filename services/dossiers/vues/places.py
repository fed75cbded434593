"""How many of a convention's places are taken."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Column, Integer, Table, select

from contracts.dossiers import PlacePrise, PlaceRendue
from services.dossiers.lectures import Convention
from services.dossiers.vues import conventions
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.facts.refusal import Refus
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.http import json
from services.socle.web.questions import LaQuestion, answers
from services.socle.web.shapes import ENTIER, objet

Read: TypeAlias = PlacePrise | PlaceRendue

vue = Table("places", vues(), *fiche("convention"), Column("prises", Integer, nullable=False))


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    taken = row["prises"] if row else 0
    match fait.event:
        case PlacePrise():
            return {"prises": taken + 1}
        case PlaceRendue():
            return {"prises": taken - 1}
        case other:
            assert_never(other)


projection = Fiche(
    vue, Read, fold, visible="vues.partie_a_la_convention(convention)", key=lambda fait: fait.event.convention
)


def une(convention: UUID) -> Query:
    return select(vue).where(vue.c.convention == convention)


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/conventions/{convention}/places", **answers(objet(places=ENTIER, prises=ENTIER, libres=ENTIER)))
async def les_places(convention: Convention, lu: LaQuestion) -> Response:
    """Les places de la convention : combien, et combien de libres."""
    connue = await lu.row(conventions.une(convention))
    if connue["places"] is None or not conventions.y_travaille(lu.acteur, connue):
        raise Refus("inconnu")
    found = await lu.rows(une(convention))
    prises = found[0]["prises"] if found else 0
    return json({"places": connue["places"], "prises": prises, "libres": max(0, connue["places"] - prises)})
