"""The organisations' public sheets: name, nature, commune.

Row-level security shows an organisation its own sheet, the exploitant all, and else those the request cites by id: the
parties and funders of the conventions it may see, or the counterpart a proposal names. There is no directory to leaf
through: nobody learns that an organisation uses the system unless they share a convention with it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Date, Integer, Select, Table, Text, Uuid, select

from contracts.partenaires import OrganisationInscrite
from services.socle.recorded import Recorded
from services.socle.view import Fiche, Row, vues

table = Table(
    "organisations",
    vues,
    Column("organisation", Uuid, primary_key=True),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("nom", Text, nullable=False),
    Column("nature", Text, nullable=False),
    Column("commune", Text, nullable=False),
    Column("inscrite_le", Date, nullable=False),
)

CITEE = "= ANY (string_to_array(coalesce(current_setting('maillage.citees', true), ''), ',')::uuid[])"
"""Row-level security for what a request names by id (see `citer` in services/partenaires/lecture.py)."""


def fold(_: Row | None, fait: Recorded[OrganisationInscrite]) -> Row:
    e = fait.event
    return {"nom": e.nom, "nature": e.nature, "commune": e.commune, "inscrite_le": e.le}


vue = Fiche(
    table,
    OrganisationInscrite,
    fold,
    visible=f"organisation = faits.organisation() OR faits.a_le_role('exploitant') OR organisation {CITEE}",
)


def liste() -> Select[Any]:
    """The sheets the caller may see."""
    return select(table.c.organisation, table.c.nom, table.c.nature, table.c.commune, table.c.inscrite_le)
