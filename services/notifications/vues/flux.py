"""The coded facts of the conventions, in the order of their feeds: what the HTTP feed is read from.

A row still names its dossier, because a pseudonym is made for one funder at the time of reading. So nobody's own rights
open it: the API reads it as `flux`, after it has seen that the caller finances the convention.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import Column, Integer, Table, Uuid, func, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts.notifications import FaitDeConventionCode, FaitDeMenageCode, faits_codes
from services.socle.base.columns import journal, simple
from services.socle.base.database import Query, Regard
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues

Read: TypeAlias = faits_codes.Event

REGARD = Regard(UUID(int=0), UUID(int=0), frozenset({"flux"}))

vue = Table(
    "flux",
    vues(),
    *journal(),
    Column("convention", Uuid, nullable=False),
    Column("dossier", Uuid),
    Column("annee", Integer),
    Column("fait", JSONB, nullable=False),
)
"""`version` is the position in the feed; `dossier` and `annee` are a household's fact's only."""


def lines(fait: Recorded[Read]) -> list[Row]:
    match fait.event:
        case FaitDeMenageCode(convention=convention, dossier=dossier, annee=annee, fait=code):
            return [{"convention": convention, "dossier": dossier, "annee": annee, "fait": simple(code)}]
        case FaitDeConventionCode(convention=convention, fait=code_de_convention):
            return [{"convention": convention, "dossier": None, "annee": None, "fait": simple(code_de_convention)}]
        case other:
            assert_never(other)


projection = Journal(vue, Read, lines, visible="faits.a_le_role('flux')")


def apres(stream: UUID, position: int, limite: int) -> Query:
    """The facts of a convention's stream after a position."""
    query = select(vue.c.version, vue.c.dossier, vue.c.annee, vue.c.fait)
    return query.where(vue.c.stream_id == stream, vue.c.version > position).order_by(vue.c.version).limit(limite)


def positions(streams: list[UUID]) -> Query:
    """How many facts each of these streams holds."""
    query = select(vue.c.stream_id, func.max(vue.c.version).label("position"))
    return query.where(vue.c.stream_id.in_(streams)).group_by(vue.c.stream_id)
