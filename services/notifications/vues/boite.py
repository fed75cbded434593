"""The inbox: what each person was told, and why. Codes, identifiers and dates: the sentence is made when it is read."""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Column, Date, DateTime, Index, Table, Text, Uuid, exists, func, null, select, text

from contracts.notifications import MessageAdresse
from services.notifications.vues import lectures
from services.socle.base.columns import journal
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues

Read: TypeAlias = MessageAdresse

vue = Table(
    "boite",
    vues(),
    *journal(),
    Column("message", Uuid, nullable=False),
    Column("dossier", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("role", Text),
    Column("membre", Uuid),
    Column("objet", Text, nullable=False),
    Column("echeance", Date),
    Column("le", Date, nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False),
    Index(
        "boite_organisation",
        "organisation",
        text("instant DESC NULLS LAST"),
        text("version DESC NULLS LAST"),
        "message",
        "role",
        "membre",
    ),
    Index("boite_message", "message"),
)


def lines(fait: Recorded[Read]) -> list[Row]:
    m = fait.event
    return [
        {
            "message": m.message, "dossier": m.dossier, "organisation": m.organisation, "role": m.role, "membre": m.membre,
            "objet": m.objet, "echeance": m.echeance, "le": m.le, "instant": fait.instant,
        }
    ]  # fmt: skip


# Who looks is asked once, in sub-queries: called for each row, these functions take longer than everything else of the inbox.
_MES_ROLES = "(SELECT string_to_array(coalesce(current_setting('maillage.roles', true), ''), ','))"
projection = Journal(
    vue,
    Read,
    lines,
    # One référent, those of a role, or all who work for the landlord.
    visible=f"""organisation = faits.organisation() AND CASE
               WHEN membre IS NOT NULL THEN membre = (SELECT faits.membre()) AND (SELECT faits.a_le_role('referent'))
               WHEN role IS NOT NULL THEN role = ANY ({_MES_ROLES}::text[])
               ELSE (SELECT faits.a_le_role('agent') OR faits.a_le_role('responsable')) END""",
)


def liste(non_lus: bool = False) -> Query:
    """The caller's messages; `lu_le` is the day they read it, None for a new one.

    The new ones are those without a reading, asked as such: of a join that found nothing, PostgreSQL does not know that most
    messages are new, and sorts them all to show the first ones.
    """
    lu = lectures.vue
    columns = (
        vue.c.message, vue.c.dossier, vue.c.objet, vue.c.role, vue.c.membre, vue.c.echeance, vue.c.le, vue.c.instant,
        vue.c.version,
    )  # fmt: skip
    if non_lus:
        jamais = null().cast(Date).label("lu_le")
        return select(*columns, jamais).where(~exists().where(lu.c.message == vue.c.message))
    return select(*columns, lu.c.le.label("lu_le")).outerjoin_from(vue, lu, lu.c.message == vue.c.message)


def comptes() -> Query:
    """How many messages the caller has, and how many of them are new, in one reading."""
    siens = liste().subquery()
    nouveaux = func.count().filter(siens.c.lu_le.is_(None))
    return select(func.count().label("tous"), nouveaux.label("non_lus")).select_from(siens)


def ou(message: UUID) -> Query:
    """Where a message of the caller's stands: the stream it was recorded in."""
    return select(vue.c.stream_id).where(vue.c.message == message)
