"""The frozen SQL of migrations: written once from the tables' metadata, never changed after it has run anywhere.

`python -m deploy.migrations.textes faits_0001` writes the file of a migration that was not published yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.portail import tables as pages
from services.socle import health as etat
from services.socle.base import schema
from services.socle.keys import keyring
from services.socle.web import access_log as consultations

FOLDER = Path(__file__).with_name("sql")
SEPARATOR = "\n;;\n"
SERVICE = "{service}"


def statements(migration: str, service: str) -> list[str]:
    """The statements of a migration, for one service's roles."""
    text = (FOLDER / f"{migration}.sql").read_text(encoding="utf-8")
    return [s.replace(SERVICE, service).strip() for s in text.split(SEPARATOR) if s.strip()]


def tables(metadata: MetaData) -> list[str]:
    """CREATE TABLE and CREATE INDEX of everything in `metadata`."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    made = [str(CreateTable(t).compile(dialect=dialect)).strip() for t in metadata.sorted_tables]
    indexes = [i for t in metadata.sorted_tables for i in sorted(t.indexes, key=lambda i: str(i.name))]
    return [*made, *(str(CreateIndex(i).compile(dialect=dialect)).strip() for i in indexes)]


def _contents(migration: str) -> list[str]:
    match migration:
        case "faits_0001":
            return [*tables(schema.faits), *schema.ddl(SERVICE)]
        case "faits_0002":
            return schema.ddl_reactions(SERVICE)
        case "faits_0003":
            return [*tables(etat.faits), *etat.ddl(SERVICE)]
        case "faits_0004":
            return [*tables(consultations.faits), *consultations.ddl(SERVICE)]
        case "faits_0005":
            return [schema.LIGNE]
        case "cles_0001":
            # A schema's name cannot hold braces while SQLAlchemy quotes it: write it under a plain one.
            made = tables(keyring.tables("xxservicexx"))
            return [*(s.replace("xxservicexx", SERVICE) for s in made), *keyring.droits(SERVICE)]
        case "portail_0001":
            return [*tables(pages.portail), *pages.droits(SERVICE)]
        case _:
            raise SystemExit(f"{migration} : migration inconnue")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        (FOLDER / f"{name}.sql").write_text(SEPARATOR.join(_contents(name)) + "\n", encoding="utf-8")
