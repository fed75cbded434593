"""How many of a convention's places are taken."""

from __future__ import annotations

from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import Column, Integer, Table, select

from contracts.dossiers import PlacePrise, PlaceRendue, places
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = places.Event

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
