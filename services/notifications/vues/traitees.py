"""The tasks of the clock that need not be done again although no fact of the dossier says so: reminders sent, refusals."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from sqlalchemy import Column, Date, Index, Table, Text, Uuid

from contracts.notifications import EcheanceSansSuite, MessageAdresse, MessageLu, courrier
from services.notifications.vues.echeancier import RAPPELS
from services.socle.base.columns import journal
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues

Read: TypeAlias = courrier.Event
Ignored: TypeAlias = MessageLu

vue = Table(
    "traitees",
    vues(),
    *journal(),
    Column("suivi", Uuid, nullable=False),
    Column("tache", Text, nullable=False),
    Column("le", Date, nullable=False),
    Column("raison", Text),
    Index("traitees_tache", "suivi", "tache", "le"),
)
"""`raison`: why nothing came of it; none for a reminder, which was sent."""


def lines(fait: Recorded[Read]) -> list[Row]:
    match fait.event:
        case MessageAdresse(dossier=dossier, objet=objet, le=le):
            return [{"suivi": dossier, "tache": objet, "le": le, "raison": None}] if objet in RAPPELS else []
        case EcheanceSansSuite(suivi=suivi, tache=tache, le=le, raison=raison):
            return [{"suivi": suivi, "tache": tache, "le": le, "raison": raison}]
        case other:
            return [] if isinstance(other, Ignored) else assert_never(other)


projection = Journal(vue, Read, lines, visible="faits.a_le_role('service')", ignores=Ignored)
