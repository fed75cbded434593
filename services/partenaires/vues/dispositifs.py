"""The dispositifs and their rules, for whoever opened them and, cited, for those who share a convention on them."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ARRAY, JSON, Column, Date, Integer, Select, Table, Text, Uuid, select

from contracts.partenaires import DispositifOuvert
from services.partenaires.vues.organisations import CITEE
from services.socle.recorded import Recorded
from services.socle.view import Fiche, Row, vues

table = Table(
    "dispositifs",
    vues,
    Column("dispositif", Uuid, primary_key=True),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("nom", Text, nullable=False),
    Column("publics", ARRAY(Text), nullable=False),
    Column("themes", ARRAY(Text), nullable=False),
    Column("regles", JSON, nullable=False),
    Column("ouvert_le", Date, nullable=False),
)


def fold(_: Row | None, fait: Recorded[DispositifOuvert]) -> Row:
    e = fait.event
    return {
        "organisation": e.organisation,
        "nom": e.nom,
        "publics": list(e.publics),
        "themes": list(e.themes),
        "regles": msgspec.to_builtins(e.regles),
        "ouvert_le": e.le,
    }


vue = Fiche(table, DispositifOuvert, fold, visible=f"organisation = faits.organisation() OR dispositif {CITEE}")


def liste() -> Select[Any]:
    """The dispositifs the caller may see."""
    t = table.c
    return select(t.dispositif, t.organisation, t.nom, t.publics, t.themes, t.regles, t.ouvert_le)
