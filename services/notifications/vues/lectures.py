"""Which messages each member has read."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import Column, Date, Index, Table, Uuid

from contracts.notifications import MessageLu
from services.socle.base.columns import journal
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues

Read: TypeAlias = MessageLu

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
    return [{"message": fait.event.message, "membre": fait.event.membre, "le": fait.event.le}]


projection = Journal(vue, Read, lines, visible="membre = faits.membre()")
