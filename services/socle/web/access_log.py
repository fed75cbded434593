"""Who opened which household's dossier, when, and in which capacity: written down before the answer leaves, never changed.

What cannot be written down is not shown. A person who turns the pages of one dossier leaves one line per thing opened and
quarter of an hour, so that only the first reading waits for the database.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Column, Date, DateTime, MetaData, Table, Text, Uuid, column, func, literal, select, tuple_

from services.socle.base.database import Query
from services.socle.web.auth import Acteur

QUART = 15
"""Minutes one line stands for."""

faits = MetaData(schema="faits")

consultations = Table(
    "consultations",
    faits,
    Column("dossier", Uuid, primary_key=True),
    Column("quart", DateTime(timezone=True), primary_key=True),
    Column("membre", Uuid, primary_key=True),
    Column("quoi", Text, primary_key=True),
    Column("organisation", Uuid, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False),
)

_DE = """
CREATE FUNCTION faits.consultations_de(p_dossier uuid, p_depuis date)
RETURNS TABLE (jour date, rang text, organisation uuid, membre uuid, roles text[], quoi text[], instant timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (min(c.instant) AT TIME ZONE 'Europe/Paris')::date, to_char(c.quart AT TIME ZONE 'UTC', 'HH24MI') || c.membre,
         c.organisation, c.membre, min(c.roles), array_agg(c.quoi ORDER BY c.quoi), min(c.instant)
    FROM faits.consultations c
   WHERE c.dossier = p_dossier AND c.organisation = faits.organisation()
     AND current_setting('maillage.roles', true) <> ''
   GROUP BY c.quart, c.membre, c.organisation
  UNION ALL
  SELECT DISTINCT d.jour, d.organisation::text, d.organisation, NULL::uuid, NULL::text[], NULL::text[], NULL::timestamptz
    FROM (SELECT c.organisation, (c.instant AT TIME ZONE 'Europe/Paris')::date AS jour
            FROM faits.consultations c
           WHERE c.dossier = p_dossier AND c.organisation <> faits.organisation()) d
   WHERE d.jour >= p_depuis AND current_setting('maillage.roles', true) <> ''
$$"""
"""The only way to read the journal. Its own people an organisation sees by name; of the other party, from a day on, that it
looked and on which day."""


def ddl(service: str) -> list[str]:
    """Row-level security, grants and the way to read: the command side only adds, and nobody changes or deletes."""
    owner, ajout, api = (f"{service}_{role}" for role in ("proprietaire", "ajout", "api"))
    return [
        "ALTER TABLE faits.consultations ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE faits.consultations FORCE ROW LEVEL SECURITY",
        f"GRANT INSERT ON faits.consultations TO {ajout}",
        f"CREATE POLICY ajout ON faits.consultations FOR INSERT TO {ajout} WITH CHECK (true)",
        f"""CREATE POLICY parties ON faits.consultations FOR SELECT TO {owner}
            USING (EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = consultations.dossier))""",
        _DE,
        "REVOKE ALL ON FUNCTION faits.consultations_de FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION faits.consultations_de TO {api}",
    ]


class Consultations:
    """Writes the journal. `pool` connects as role ajout."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._quart: datetime | None = None
        self._notees: set[tuple[UUID, UUID, str]] = set()

    async def noter(self, acteur: Acteur, dossier: UUID, quoi: str, instant: datetime) -> None:
        """`acteur` opens `quoi` of `dossier`. Returns once it is written; what the database raises must stop the answer."""
        quart = instant.replace(minute=instant.minute // QUART * QUART, second=0, microsecond=0)
        if quart != self._quart:
            self._quart, self._notees = quart, set()
        notee = (acteur.membre, dossier, quoi)
        if notee in self._notees:
            return
        await self._pool.execute(
            """INSERT INTO faits.consultations (dossier, quart, membre, quoi, organisation, roles, instant)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING""",
            dossier, quart, acteur.membre, quoi, acteur.organisation, sorted(acteur.roles), instant,
        )  # fmt: skip
        if quart == self._quart:
            self._notees.add(notee)


def de(dossier: UUID, depuis: date | None, limite: int, apres: tuple[date, str] | None) -> Query:
    """The journal of a dossier, latest first, behind the line `apres` (its day and rank); `total` counts all its lines.

    Of the other party it shows the days from `depuis` on, none if None.
    """
    lues = func.faits.consultations_de(literal(dossier, Uuid), literal(depuis, Date)).table_valued(
        column("jour", Date), column("rang", Text), "organisation", "membre", column("roles", ARRAY(Text)),
        column("quoi", ARRAY(Text)), "instant",
    )  # fmt: skip
    compte = select(lues, func.count().over().label("total")).subquery()
    query = select(compte).order_by(compte.c.jour.desc(), compte.c.rang.desc()).limit(limite)
    if apres is None:
        return query
    return query.where(tuple_(compte.c.jour, compte.c.rang) < tuple_(literal(apres[0], Date), literal(apres[1], Text)))
