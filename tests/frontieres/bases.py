"""What each role of PostgreSQL may do, tried for real: every table, every command, under every context.

Everything runs in one transaction of the administrator's that is never committed, as the role that is tried: row-level
security and grants hold for it as for a connection of its own (`test_bases.py` checks that connections bear these roles).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from deploy.catalogue import SERVICES
from deploy.roles import Acces
from services.socle.base.database import connect
from tests.infra import Postgres

FONCTIONS = ("ajout", "api", "suite", "cles")
"""The application's roles of a service; `proprietaire` owns and migrates, and nothing of the application connects as it."""

COMMANDES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
PERSONNE = UUID(int=0)


class Regard(Struct, frozen=True):
    """Whom row-level security is told about. `organisation` None: nobody said who they are."""

    nom: str
    organisation: UUID | None = None
    membre: UUID | None = None
    roles: frozenset[str] = frozenset()
    nature: str = ""


Admin: TypeAlias = "asyncpg.Connection[Any]"  # quoted: no subscript at run time
"""The administrator's connection to one base."""


class Table(Struct, frozen=True):
    """`colonnes`: (name, type), in order. `cle`: the primary key."""

    base: str
    schema: str
    nom: str
    colonnes: tuple[tuple[str, str], ...]
    cle: tuple[str, ...]

    @property
    def complet(self) -> str:
        return f"{self.schema}.{self.nom}"


Ligne: TypeAlias = dict[str, Any]
Contenu: TypeAlias = dict[str, list[Ligne]]
"""Every row of every table of a base, as the administrator sees them: table → rows."""


async def tables(connection: Admin, base: str) -> list[Table]:
    """Every table (view, materialized view, foreign table) of the base that is ours."""
    found = await connection.fetch(
        """SELECT n.nspname, c.relname,
                  array_agg(a.attname::text ORDER BY a.attnum), array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum),
                  coalesce((SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
                              FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
                             WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%'
            GROUP BY c.oid, n.nspname, c.relname ORDER BY 1, 2"""
    )
    return [
        Table(base, schema, nom, tuple(zip(noms, types, strict=True)), tuple(cle))
        for schema, nom, noms, types, cle in found
    ]


async def contenu(connection: Admin, connues: Sequence[Table]) -> Contenu:
    """Every row of these tables. Each bears « md5 », the digest its readers are recognised by."""
    return {
        table.complet: [
            {**msgspec.json.decode(row[0]), "md5": row[1]}
            for row in await connection.fetch(
                f"SELECT to_jsonb(t)::text, md5(to_jsonb(t)::text) FROM {table.complet} t"
            )
        ]
        for table in connues
    }


Compter: TypeAlias = Callable[[], Awaitable[dict[str, int]]]


@asynccontextmanager
async def comptable(postgres: Postgres, acces: Acces) -> AsyncIterator[Compter]:
    """Tells how many facts, streams, commands and keys there are: « nothing stored » is that they stay as many."""
    comptees = {acces.base(s): ["faits.events", "faits.streams", "faits.commands"] for s in SERVICES}
    comptees[acces.base_cles] = [f"{s}.{table}" for s in SERVICES for table in ("cles", "cles_derivees")]
    async with AsyncExitStack() as stack:
        connections: dict[str, Admin] = {}
        for base in comptees:
            connections[base] = await connect(urlsplit(postgres.dsn_admin)._replace(path=f"/{base}").geturl())
            stack.push_async_callback(connections[base].close)

        async def compter() -> dict[str, int]:
            found: dict[str, int] = {}
            for base, noms in comptees.items():
                comptes = ", ".join(f"(SELECT count(*) FROM {nom})" for nom in noms)
                row = await connections[base].fetchrow(f"SELECT {comptes}")
                found |= {f"{base}.{nom}": nombre for nom, nombre in zip(noms, row or (), strict=True)}
            return found

        yield compter


# Trying

_PREPARER = """
CREATE OR REPLACE FUNCTION pg_temp.essayer(p_role text, p_org text, p_membre text, p_roles text, p_ordre text, p_ligne jsonb)
RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE found text[]; n bigint;
BEGIN
  PERFORM set_config('maillage.organisation', p_org, true), set_config('maillage.membre', p_membre, true),
          set_config('maillage.roles', p_roles, true), set_config('maillage.session', '', true),
          set_config('role', p_role, true);
  IF p_ordre LIKE 'SELECT%' THEN
    EXECUTE p_ordre INTO found USING p_ligne;
  ELSE
    EXECUTE p_ordre USING p_ligne;
    GET DIAGNOSTICS n = ROW_COUNT;
    found := array_fill(''::text, ARRAY[n::int]);
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'P0001';
EXCEPTION
  WHEN insufficient_privilege THEN RETURN NULL;
  WHEN raise_exception THEN RETURN coalesce(found, '{}');
  WHEN integrity_constraint_violation THEN RETURN ARRAY[''];
END $$"""
"""What an order sees (digests) or touches (as many empty texts) for a role under a context; NULL when it is refused. Nothing
stays of it: its block is undone, role and context with it. A row that only breaks a constraint has passed row-level
security before."""


async def preparer(connection: Admin) -> None:
    """What the trials need, for the time of the administrator's connection."""
    await connection.execute(_PREPARER)


class Essai(Struct, frozen=True):
    """One command on one table, by one role, under one context."""

    role: str
    table: Table
    commande: str
    regard: Regard


Issue: TypeAlias = frozenset[str] | int | None
"""None: refused. Else the digests of the rows seen, or how many were touched."""


async def essayer(connection: Admin, essais: Sequence[Essai], modeles: Mapping[str, Ligne]) -> dict[Essai, Issue]:
    """What comes of each. `modeles`: for each table, a row that could be inserted."""
    results = await connection.fetch(
        """SELECT pg_temp.essayer(r, o, m, rs, q, l) FROM
             unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[]) AS t(r, o, m, rs, q, l)""",
        [e.role for e in essais],
        [str(e.regard.organisation or "") for e in essais],
        [str(e.regard.membre or "") for e in essais],
        [",".join(sorted(e.regard.roles)) for e in essais],
        [await _ordre(connection, essai) for essai in essais],
        [modeles[e.table.complet] for e in essais],
    )
    return {essai: _issue(essai.commande, row[0]) for essai, row in zip(essais, results, strict=True)}


def _issue(commande: str, found: list[str] | None) -> Issue:
    if found is None:
        return None
    return frozenset(found) if commande == "SELECT" else len(found)


async def _ordre(connection: Admin, essai: Essai) -> str:
    table = essai.table.complet
    match essai.commande:
        case "SELECT":
            return f"SELECT array_agg(md5(to_jsonb(t)::text)) FROM {table} t"
        case "INSERT":
            return f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::{table}, $1)).*"
        case "UPDATE":
            colonne = await _modifiable(connection, essai)
            return f"UPDATE {table} SET {colonne} = {colonne}"
        case "DELETE":
            return f"DELETE FROM {table}"
        case "TRUNCATE":
            return f"TRUNCATE {table}"
        case other:
            raise ValueError(other)


_CONNUES: dict[tuple[str, str, str], str] = {}


async def _modifiable(connection: Admin, essai: Essai) -> str:
    """A column the role may change, any when it may change none."""
    key = (essai.table.base, essai.table.complet, essai.role)
    if key not in _CONNUES:
        names = await connection.fetchval(
            """SELECT array_agg(a.attname::text ORDER BY a.attnum DESC) FROM pg_attribute a
                WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
                  AND a.attidentity = '' AND has_column_privilege($2, a.attrelid, a.attnum, 'UPDATE')""",
            essai.table.complet,
            essai.role,
        )
        _CONNUES[key] = (names or [essai.table.colonnes[-1][0]])[0]
    return _CONNUES[key]


_EXEMPLES: Mapping[str, Any] = {
    "uuid": "00000000-0000-4000-8000-0000000000aa",
    "text": "x",
    "integer": 1,
    "bigint": 1,
    "smallint": 1,
    "boolean": True,
    "date": "2026-01-05",
    "timestamp with time zone": "2026-01-05T11:00:00Z",
    "bytea": "\\x00",
    "jsonb": {},
    "xid8": "3",
}


def exemple(table: Table, rows: Sequence[Ligne]) -> Ligne:
    """A row that fits the table: one of its own, under a key of its own."""
    made = {nom: _EXEMPLES.get(type_, [] if type_.endswith("[]") else None) for nom, type_ in table.colonnes}
    made |= {"detruite_le": None} if "detruite_le" in made else {}  # a key that is there has not been destroyed
    known = {nom: valeur for nom, valeur in (rows[0] if rows else {}).items() if nom in made}
    return made | known | {nom: made[nom] for nom in table.cle}


# Doors: the functions that run with their owner's rights


class Porte(Struct, frozen=True):
    """One call of a door under a context, about one stream and one command, or one term of the search."""

    fonction: str
    role: str
    regard: Regard
    stream: str = ""
    commande: str = ""
    terme: int = 0


_PORTES = {
    "charger": """SELECT coalesce(c.ids::text[], '{}') || CASE WHEN c.empreinte IS NULL THEN '{}' ELSE ARRAY['commande'] END
                    FROM faits.charger(($1->>'stream')::uuid, ($1->>'organisation')::uuid, $1->>'roles',
                                       ($1->>'commande')::uuid) c""",
    "position": """SELECT CASE faits.position($1->>'lecteur', ($1->>'stream')::uuid) WHEN 0 THEN '{}'
                          ELSE ARRAY['version'] END""",
    "consultations": """SELECT array_agg(DISTINCT coalesce(membre, organisation)::text)
                          FROM faits.consultations_de(($1->>'stream')::uuid, '2000-01-01')""",
    "trouver": """SELECT array_agg(dossier::text) FROM vues.trouver(50, NULL, NULL, format('{%s}', $1->>'terme'))""",
}


async def franchir(connection: Admin, portes: Sequence[Porte], lecteur: str) -> dict[Porte, Issue]:
    """What each call lets out: charger, the ids of the events and « commande »; position, « version »; trouver, dossiers."""
    results = await connection.fetch(
        """SELECT pg_temp.essayer(r, o, '', rs, q, l) FROM
             unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[]) AS t(r, o, rs, q, l)""",
        [p.role for p in portes],
        [str(p.regard.organisation or "") for p in portes],
        [",".join(sorted(p.regard.roles)) for p in portes],
        [_PORTES[p.fonction] for p in portes],
        [
            {
                "stream": p.stream or None,
                "organisation": str(p.regard.organisation) if p.regard.organisation else None,
                "roles": ",".join(sorted(p.regard.roles)),
                "commande": p.commande or None,
                "terme": p.terme,
                "lecteur": lecteur,
            }
            for p in portes
        ],
    )
    return {porte: None if row[0] is None else frozenset(row[0]) for porte, row in zip(portes, results, strict=True)}
