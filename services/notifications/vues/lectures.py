"""Which messages each member has read."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from sqlalchemy import Column, Date, Index, Table, Uuid

from contracts.notifications import EcheanceSansSuite, MessageAdresse, MessageLu, courrier
from services.socle.base.columns import journal
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues

Read: TypeAlias = courrier.Event
Ignored: TypeAlias = MessageAdresse | EcheanceSansSuite

vue = Table(
    "lectures",
    vues(),
    *journal(),
    Column("message", Uuid, nullable=False),
    Column("membre", Uuid, nullable=False),
    Column("le", Date, nullable=False),
    Index("lectures_membre", "membre", "message"),
)


def lines(fait: Recorded[Read]) -> list[Row]:
    match fait.event:
        case MessageLu(message=message, membre=membre, le=le):
            return [{"message": message, "membre": membre, "le": le}]
        case other:
            return [] if isinstance(other, Ignored) else assert_never(other)


projection = Journal(vue, Read, lines, visible="membre = faits.membre()", ignores=Ignored)
