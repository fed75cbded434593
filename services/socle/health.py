"""What who runs the deployment may see of it: who waits and behind what, never a case.

The worker, which reads every fact, writes down what it measures; the API reads that one row. So no role of the API needs a
right over the facts, and a worker that died shows by the age of its last words.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, DateTime, MetaData, Table, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB

from services.socle.base.database import Connection, Query
from services.socle.web.shapes import ENTIER, INSTANT, NOMBRE, OUI_NON, TEXTE, liste, objet, ou_rien

MUET = 20.0
"""Seconds without a word after which a worker counts as gone: it speaks every five."""

faits = MetaData(schema="faits")

etats = Table(
    "etats",
    faits,
    Column("lecteur", Text, primary_key=True),
    Column("mesure_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("mesures", JSONB, nullable=False),
)


def ddl(service: str) -> list[str]:
    """Row-level security and grants: the worker writes, whoever runs the deployment reads."""
    api, suite = f"{service}_api", f"{service}_suite"
    return [
        "ALTER TABLE faits.etats ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE faits.etats FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT ON faits.etats TO {api}",
        f"GRANT SELECT, INSERT, UPDATE ON faits.etats TO {suite}",
        f"CREATE POLICY exploitant ON faits.etats FOR SELECT TO {api} USING (faits.a_le_role('exploitant'))",
        f"CREATE POLICY suite ON faits.etats TO {suite} USING (true) WITH CHECK (true)",
    ]


class Relais(Struct, frozen=True):
    """`derriere`: facts Kafka has not been told yet; counting stops at `plafond`."""

    derriere: int
    plafond: int
    epoque: str | None


class Projection(Struct, frozen=True):
    """`derriere`: of the service's latest `plafond` facts, those its views do not show yet."""

    derriere: int
    plafond: int


class Gare(Struct, frozen=True):
    """A stream that waits; `raison` is a word (trou, poison, derriere), never what was in the fact."""

    flux: str
    faits: int
    depuis: str
    raison: str


class Gares(Struct, frozen=True):
    """How many streams wait, with how many facts; `liste`: the longest waiting of them."""

    flux: int
    faits: int
    liste: list[Gare]


class Mesures(Struct, frozen=True):
    relais: Relais
    projection: Projection | None
    gares: Gares
    plus_vieille_transaction_s: float


async def publier(connection: Connection, lecteur: str, mesures: Mesures) -> None:
    """Replace what `lecteur` last said."""
    await connection.execute(
        """INSERT INTO faits.etats (lecteur, mesures) VALUES ($1, $2)
           ON CONFLICT (lecteur) DO UPDATE SET mesure_le = now(), mesures = EXCLUDED.mesures""",
        lecteur,
        mesures,
    )


def dernier(lecteur: str) -> Query:
    """What `lecteur` last said, `age_s` seconds ago, and the database's own version."""
    age = func.extract("epoch", func.clock_timestamp() - etats.c.mesure_le)
    return select(etats.c.mesure_le, etats.c.mesures, age.label("age_s")).where(etats.c.lecteur == lecteur)


def base() -> Query:
    """The database's version."""
    return select(func.current_setting("server_version").label("postgres"))


def presenter(service: str, version_base: str, dit: dict[str, Any] | None) -> dict[str, Any]:
    """The state of a service as its API answers it; `travail` is None when its worker never spoke."""
    travail = None
    if dit is not None:
        age = float(dit["age_s"])
        travail = {"vivant": age < MUET, "mesure_le": dit["mesure_le"], "age_s": round(age, 1), **dit["mesures"]}
    return {"service": service, "version": version(), "postgres": version_base, "travail": travail}


_RETARD = objet(derriere=ENTIER, plafond=ENTIER)
_GARE = objet(flux=TEXTE, faits=ENTIER, depuis=TEXTE, raison=TEXTE)
_TRAVAIL = objet(
    vivant=OUI_NON,
    mesure_le=INSTANT,
    age_s=NOMBRE,
    relais=objet(derriere=ENTIER, plafond=ENTIER, epoque=ou_rien(TEXTE)),
    projection=ou_rien(_RETARD),
    gares=objet(flux=ENTIER, faits=ENTIER, liste=liste(_GARE)),
    plus_vieille_transaction_s=NOMBRE,
)
FORME = objet(service=TEXTE, version=TEXTE, postgres=TEXTE, travail=ou_rien(_TRAVAIL))
"""What `presenter` answers."""


@cache
def version() -> str:
    """The program's version, as its package or its checkout says."""
    try:
        return metadata.version("maillage")
    except metadata.PackageNotFoundError:
        projet = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomllib.loads(projet.read_text())["project"]["version"])
