"""What the documents say of a row is what its query gives."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import JSONB

from services.socle.web.shapes import ligne

vue = Table(
    "vue",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("nom", Text),
    Column("codes", ARRAY(Text), nullable=False),
    Column("le", Date, nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False),
    Column("efface", Boolean, nullable=False),
    Column("nombre", Integer, nullable=False),
    Column("dit", JSONB, nullable=False),
)


def test_une_ligne_dit_ses_colonnes() -> None:
    assert ligne(select(vue)) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "nom", "codes", "le", "instant", "efface", "nombre", "dit"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "nom": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "codes": {"type": "array", "items": {"type": "string"}},
            "le": {"type": "string", "format": "date"},
            "instant": {"type": "string", "format": "date-time"},
            "efface": {"type": "boolean"},
            "nombre": {"type": "integer"},
            "dit": {},
        },
    }


def test_ce_qui_vient_d_une_jointure_ou_d_un_calcul_peut_manquer() -> None:
    query = select(vue.c.le.label("lu_le"), func.count().label("combien"))
    proprietes = ligne(query, sauf=("combien",), plus={"type": "string"})["properties"]
    assert proprietes == {
        "lu_le": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "plus": {"type": "string"},
    }
