"""The same boundaries in SQL: every table of every base, as every role, with every command, under every account's context.

What is checked is what role-level grants and row-level security let through; that it can fail is shown by taking away each
policy in turn, by opening each one, and by adding what should not be there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import pytest
from msgspec import Struct

from deploy.roles import FONCTIONS as TOUTES
from deploy.roles import SERVICES, Acces
from services.socle.base.database import connect
from tests.frontieres.attendus import SANS_DROIT, attendu, derriere
from tests.frontieres.bases import (
    COMMANDES,
    FONCTIONS,
    PERSONNE,
    Admin,
    Contenu,
    Essai,
    Ligne,
    Porte,
    Regard,
    Table,
    contenu,
    essayer,
    exemple,
    franchir,
    preparer,
    tables,
)
from tests.frontieres.conftest import Scene
from tests.infra import Postgres

ROLES = [f"{service}_{fonction}" for service in SERVICES for fonction in FONCTIONS]
Ecart: TypeAlias = tuple[Any, Any, Any]
"""What was tried, what came of it, what should have."""


class Base(Struct, frozen=True):
    """One database, as the administrator has it in hand, inside a transaction that will be undone."""

    service: str
    nom: str
    connection: Admin
    tables: list[Table]
    contenu: Contenu
    modeles: dict[str, Ligne]

    @property
    def lecteur(self) -> str:
        return LECTEUR.format(self.service)


LECTEUR = "{}.vues"
BASES = (*SERVICES, "cles")


@asynccontextmanager
async def ouvrir(postgres: Postgres, acces: Acces, service: str, regard: Regard) -> AsyncIterator[Base]:
    """`service` « cles » is the keys' database. An empty table gets a row, as `regard` would have it."""
    nom = acces.base_cles if service == "cles" else acces.base(service)
    connection = await connect(urlsplit(postgres.dsn_admin)._replace(path=f"/{nom}").geturl())
    transaction = connection.transaction()
    try:
        await preparer(connection)
        await transaction.start()
        connues = await tables(connection, nom)
        # The workers go on measuring themselves: what is compared must stand still meanwhile.
        await connection.execute(f"LOCK TABLE {', '.join(t.complet for t in connues)} IN SHARE ROW EXCLUSIVE MODE")
        await _semer(connection, service, connues, regard)
        lues = await contenu(connection, connues)
        modeles = {t.complet: exemple(t, lues[t.complet]) for t in connues}
        yield Base(service, nom, connection, connues, lues, modeles)
    finally:
        await transaction.rollback()
        await connection.close()


async def _semer(connection: Admin, service: str, connues: Sequence[Table], regard: Regard) -> None:
    for table in connues:
        if not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table.complet})"):
            qui = {
                "organisation": str(regard.organisation),
                "organisations": [str(regard.organisation)],
                "membre": str(regard.membre),
                "lecteur": LECTEUR.format(service),
            }
            row = exemple(table, []) | {nom: valeur for nom, valeur in qui.items() if nom in dict(table.colonnes)}
            await connection.execute(
                f"INSERT INTO {table.complet} OVERRIDING SYSTEM VALUE "
                f"SELECT (jsonb_populate_record(NULL::{table.complet}, $1)).*",
                row,
            )


@pytest.fixture(scope="module")
async def regards(scene: Scene, postgres: Postgres, acces: Acces) -> list[Regard]:
    """Every account there is, nobody, and each name the program gives itself."""
    connection = await connect(urlsplit(postgres.dsn_admin)._replace(path=f"/{acces.base('dossiers')}").geturl())
    try:
        rows = await connection.fetch("SELECT * FROM vues.acces WHERE actif ORDER BY sujet")
    finally:
        await connection.close()
    comptes = [
        Regard(row["sujet"], row["organisation"], row["membre"], frozenset(row["roles"]), row["nature"]) for row in rows
    ]
    assert len(comptes) >= 20
    techniques = [Regard(nom, PERSONNE, PERSONNE, frozenset({nom})) for nom in ("acces", "controle", "flux")]
    return [*comptes, Regard("personne"), *techniques]


def compte(regards: Sequence[Regard], nom: str) -> Regard:
    return next(regard for regard in regards if regard.nom == nom)


async def ecarts(base: Base, regards: Sequence[Regard]) -> list[Ecart]:
    """Everything that is not as it must be."""
    essais = [
        Essai(role, table, commande, regard)
        for table in base.tables
        for regard in regards
        for role in ROLES
        # Another service's roles have nothing to do here: one context is enough to see that they are shut out.
        if base.service == "cles" or role.startswith(f"{base.service}_") or regard is regards[0]
        for commande in COMMANDES
    ]
    return await _ecarts(base, essais)


async def ecarts_autour(base: Base, regards: Sequence[Regard], change: str) -> list[Ecart]:
    """The same, as far as a change of the table `change` can reach: all about it, and what the API reads elsewhere."""
    siens = [role for role in ROLES if base.service == "cles" or role.startswith(f"{base.service}_")]
    essais = [
        Essai(role, table, commande, regard)
        for table in base.tables
        for regard in regards
        for role, commande in (
            [(role, commande) for role in siens for commande in COMMANDES]
            if table.complet == change
            else [(f"{base.service}_api", "SELECT")]
        )
        if base.service != "cles" or table.complet == change
    ]
    return await _ecarts(base, essais) or (await ecarts_aux_portes(base, regards) if base.service != "cles" else [])


async def _ecarts(base: Base, essais: Sequence[Essai]) -> list[Ecart]:
    results = await essayer(base.connection, essais, base.modeles)
    found: list[Ecart] = []
    for essai, issue in results.items():
        doit = attendu(base.service, essai, base.contenu, base.modeles)
        if issue != doit:
            quoi = f"{essai.role} {essai.commande} {essai.table.complet} [{essai.regard.nom}]"
            found.append((quoi, issue, doit))
    return found


async def ecarts_aux_portes(base: Base, regards: Sequence[Regard]) -> list[Ecart]:
    portes = [
        Porte(fonction, role, regard, stream["stream_id"], commande["command_id"])
        for fonction in ("charger", "position", "consultations")
        if fonction != "consultations" or "faits.consultations" in base.contenu
        for role in (f"{base.service}_{f}" for f in FONCTIONS)
        for regard in regards
        for stream, commande in zip(*_echantillon(base), strict=True)
    ]
    portes += [
        Porte("trouver", role, regard, terme=row["termes"][0])
        for table in ("vues.recherche_bailleur", "vues.recherche_association")
        for row in base.contenu.get(table, ())
        for role in (f"{base.service}_{f}" for f in FONCTIONS)
        for regard in regards
    ]
    results = await franchir(base.connection, portes, base.lecteur)
    return [
        (porte, issue, doit)
        for porte, issue in results.items()
        if issue != (doit := derriere(porte, base.contenu, base.lecteur))
    ]


def _echantillon(base: Base) -> tuple[list[Ligne], list[Ligne]]:
    """A stream and a command of each organisation, in pairs."""
    streams = {str(sorted(s["organisations"])): s for s in base.contenu["faits.streams"]}
    commandes = {c["organisation"]: c for c in base.contenu["faits.commands"]}
    return (
        [*streams.values()],
        [list(commandes.values())[n % len(commandes)] for n in range(len(streams))],
    )


@pytest.mark.parametrize("service", BASES)
async def test_chaque_role_ne_fait_que_son_metier(
    scene: Scene, postgres: Postgres, acces: Acces, regards: list[Regard], service: str
) -> None:
    """Table × command × role × context: rows seen, rows touched, or a refusal, all as the table says."""
    async with ouvrir(postgres, acces, service, compte(regards, "semis.agent")) as base:
        assert await ecarts(base, regards) == []
        if service != "cles":
            assert await ecarts_aux_portes(base, regards) == []


# Each policy matters


async def politiques(connection: Admin) -> list[asyncpg.Record]:
    return await connection.fetch(
        """SELECT schemaname || '.' || tablename AS "table", policyname AS nom, roles::text[], cmd, qual, with_check
             FROM pg_policies ORDER BY 1, 2"""
    )


TEMOINS = ("semis.agent", "tremplin17.referent", "etat.analyste", "autre-bailleur.agent", "autre-association.referent",
           "exploitant", "horloge", "acces", "controle", "flux")  # fmt: skip
"""Enough accounts to notice: one of each kind, on both sides."""


@pytest.mark.parametrize("service", BASES)
async def test_oter_une_politique_se_verrait(
    scene: Scene, postgres: Postgres, acces: Acces, regards: list[Regard], service: str
) -> None:
    """Each one in turn: somebody no longer sees what is theirs, or a role can no longer do its work."""
    temoins = [compte(regards, nom) for nom in TEMOINS]
    async with ouvrir(postgres, acces, service, temoins[0]) as base:
        assert await ecarts(base, temoins) == []
        connues = await politiques(base.connection)
        assert len(connues) >= len([table for table in base.tables if table.nom not in SANS_DROIT])
        for politique in connues:
            async with defaire(base.connection):
                await base.connection.execute(f'DROP POLICY "{politique["nom"]}" ON {politique["table"]}')
                assert await ecarts_autour(base, temoins, politique["table"]), (
                    f"{politique['table']} : {politique['nom']}"
                )


@pytest.mark.parametrize("service", BASES)
async def test_ouvrir_une_politique_se_verrait(
    scene: Scene, postgres: Postgres, acces: Acces, regards: list[Regard], service: str
) -> None:
    """Each one that says anything, made to say yes to everybody: somebody sees what is not theirs."""
    temoins = [compte(regards, nom) for nom in TEMOINS]
    async with ouvrir(postgres, acces, service, temoins[0]) as base:
        ouvertes = 0
        for politique in await politiques(base.connection):
            if politique["qual"] in (None, "true"):
                continue  # an insertion's, or a machine role's: what it opens is in the grants
            if (politique["table"], politique["nom"]) == ("faits.commands", "siennes"):
                continue  # only faits.charger reads through it, and asks for its caller's organisation itself
            async with defaire(base.connection):
                await base.connection.execute(f'ALTER POLICY "{politique["nom"]}" ON {politique["table"]} USING (true)')
                assert await ecarts_autour(base, temoins, politique["table"]), (
                    f"{politique['table']} : {politique['nom']}"
                )
                ouvertes += 1
        assert ouvertes or service == "cles"


@asynccontextmanager
async def defaire(connection: Admin) -> AsyncIterator[None]:
    """What happens inside did not happen."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


# What every table, role and function must be, whatever it is for


async def defauts(connection: Admin) -> list[str]:
    """What is wrong with the base itself: empty is as it must be."""
    found = [
        f"{row['nom']}: {row['quoi']}"
        for row in await connection.fetch(
            """SELECT n.nspname || '.' || c.relname AS nom, CASE
                 WHEN c.relkind IN ('v', 'm', 'f') THEN 'not a plain table: nothing forces row-level security on it'
                 WHEN NOT (c.relrowsecurity AND c.relforcerowsecurity) THEN 'row-level security is not forced'
                 WHEN NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) THEN 'no policy' END AS quoi
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> ALL ($1)
                AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%'""",
            list(SANS_DROIT),
        )
        if row["quoi"]
    ]
    found += [
        f"{row['nom']}: owned by {row['owner']}"
        for row in await connection.fetch(
            """SELECT n.nspname || '.' || c.relname AS nom, c.relowner::regrole::text AS owner
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
                  AND n.nspname <> 'information_schema'"""
        )
        if not row["owner"].endswith("_proprietaire")
    ]
    found += [
        f"{row['nom']}: {row['grantee']} may {row['privilege_type']}"
        for row in await connection.fetch(
            """SELECT n.nspname || '.' || c.relname AS nom, coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC') AS grantee,
                      a.privilege_type
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND a.grantee <> c.relowner
                  AND (a.grantee = 0 OR a.is_grantable
                       OR a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE'))"""
        )
    ]
    found += [
        f"{row['table']}: policy {row['nom']} is for everybody"
        for row in await politiques(connection)
        if "public" in row["roles"]
    ]
    found += [
        f"function {row['nom']}: {row['quoi']}"
        for row in await connection.fetch(
            """SELECT n.nspname || '.' || p.proname AS nom, CASE
                 WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'runs with its owner''s rights for everybody'
                 WHEN NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog'] THEN 'its search path is open'
               END AS quoi
               FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
              WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"""
        )
        if row["quoi"]
    ]
    return found


@pytest.mark.parametrize("service", BASES)
async def test_chaque_table_est_gardee(scene: Scene, postgres: Postgres, acces: Acces, service: str) -> None:
    """Row-level security enabled and forced, a policy, an owner that is nobody of the application, no more than four rights
    granted, none to everybody; and of functions that run with their owner's rights, none open."""
    async with ouvrir(postgres, acces, service, Regard("", PERSONNE, PERSONNE)) as base:
        assert await defauts(base.connection) == []


PORTES_CONNUES = {"faits.charger", "faits.position", "faits.consultations_de", "vues.trouver"}
"""Functions that run with their owner's rights: each is tried above."""


@pytest.mark.parametrize("service", BASES)
async def test_aucune_porte_derobee(scene: Scene, postgres: Postgres, acces: Acces, service: str) -> None:
    async with ouvrir(postgres, acces, service, Regard("", PERSONNE, PERSONNE)) as base:
        rows = await base.connection.fetch(
            """SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"""
        )
        assert {row[0] for row in rows} <= PORTES_CONNUES


@pytest.mark.parametrize(
    ("ordre", "dit"),
    [
        ("CREATE TABLE vues.demain (organisation uuid)", "owned by"),
        ("CREATE TABLE vues.demain (organisation uuid)", "row-level security is not forced"),
        ("ALTER TABLE vues.notes NO FORCE ROW LEVEL SECURITY", "row-level security is not forced"),
        ("ALTER TABLE vues.notes DISABLE ROW LEVEL SECURITY", "row-level security is not forced"),
        ("ALTER TABLE vues.notes OWNER TO dossiers_api", "owned by dossiers_api"),
        ("GRANT TRUNCATE ON vues.notes TO dossiers_suite", "dossiers_suite may TRUNCATE"),
        ("GRANT SELECT ON vues.notes TO PUBLIC", "PUBLIC may SELECT"),
        ("GRANT SELECT ON vues.notes TO dossiers_api WITH GRANT OPTION", "dossiers_api may SELECT"),
        ("CREATE POLICY tous ON vues.notes USING (true)", "is for everybody"),
        ("CREATE MATERIALIZED VIEW vues.copie AS SELECT * FROM vues.notes", "not a plain table"),
        ("ALTER FUNCTION vues.mon_bailleur() SECURITY DEFINER", "rights for everybody"),
        ("ALTER FUNCTION faits.charger RESET search_path", "search path is open"),
        ("DROP POLICY visible ON vues.notes; DROP POLICY suite ON vues.notes", "no policy"),
    ],
)
async def test_ce_qui_ne_devrait_pas_y_etre_se_voit(
    scene: Scene, postgres: Postgres, acces: Acces, ordre: str, dit: str
) -> None:
    async with ouvrir(postgres, acces, "dossiers", Regard("", PERSONNE, PERSONNE)) as base:
        await base.connection.execute(ordre)
        assert any(dit in defaut for defaut in await defauts(base.connection))


async def test_une_table_de_demain_arrete_les_essais(
    scene: Scene, postgres: Postgres, acces: Acces, regards: list[Regard]
) -> None:
    """Well guarded or not: nobody said who may do what with it."""
    async with ouvrir(postgres, acces, "dossiers", regards[0]) as base:
        await base.connection.execute("CREATE TABLE vues.demain (organisation uuid PRIMARY KEY)")
        connues = await tables(base.connection, base.nom)
        [demain] = [t for t in connues if t.nom == "demain"]
        base.contenu[demain.complet], base.modeles[demain.complet] = [], exemple(demain, [])
        base.tables[:] = [demain]
        with pytest.raises(AssertionError, match="vues.demain"):
            await ecarts(base, regards[:1])


# The roles themselves


@pytest.mark.parametrize("role", [f"{service}_{fonction}" for service in SERVICES for fonction in TOUTES])
async def test_un_role_n_est_que_lui_meme(scene: Scene, postgres: Postgres, acces: Acces, role: str) -> None:
    """No superuser, nothing that passes row-level security by, member of nothing, able to create nothing anywhere; and it
    enters the bases of its service only."""
    service, _, fonction = role.rpartition("_")
    admin = await connect(postgres.dsn_admin)
    try:
        row = await admin.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", role)
        assert row
        assert [nom for nom in dict(row) if nom.startswith("rol") and row[nom] is True] == [
            "rolinherit",
            "rolcanlogin",
        ]
        membre = "SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole OR roleid = $1::regrole"
        assert await admin.fetchval(membre, role) == 0
        entrees = {
            base: await admin.fetchval("SELECT has_database_privilege($1, $2, 'CONNECT')", role, base)
            for base in [acces.base_cles, *(acces.base(s) for s in SERVICES)]
        }
    finally:
        await admin.close()
    sienne = {acces.base_cles} if fonction == "cles" else {acces.base(service)}
    if fonction == "proprietaire":
        sienne |= {acces.base_cles}
    assert {base for base, entre in entrees.items() if entre} == sienne


@pytest.mark.parametrize("role", ROLES)
async def test_une_vraie_connexion_ne_peut_rien_de_plus(scene: Scene, acces: Acces, role: str) -> None:
    """The trials above run as the role inside the administrator's session; this is the role's own."""
    service, _, fonction = role.rpartition("_")
    connection = await connect(acces.dsn(service, fonction))
    try:
        assert await connection.fetchval("SELECT current_user || session_user || current_setting('is_superuser')") == (
            f"{role}{role}off"
        )
        for ordre in (
            f"SET ROLE {service}_proprietaire",
            "SET SESSION AUTHORIZATION postgres",
            "SET row_security = off; SELECT * FROM faits.events",
            "CREATE TABLE faits.x (n int)",
            "CREATE TABLE public.x (n int)",
            "CREATE TEMPORARY TABLE x (n int)",
            "CREATE FUNCTION public.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "SELECT pg_read_file('PG_VERSION')",
        ):
            if "faits.events" in ordre and fonction == "suite":
                continue  # its work is to read them all
            with pytest.raises(
                (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError)
            ):
                await connection.execute(ordre)
    finally:
        await connection.close()


async def test_une_convention_citee_ne_se_montre_qu_a_ses_parties(
    scene: Scene, acces: Acces, regards: list[Regard]
) -> None:
    """The function is told who looks: for each account it answers what that account reads in the views, and no more."""
    connection = await connect(acces.dsn("dossiers", "api"))
    comptes = [regard for regard in regards if regard.organisation is not None]
    try:
        lues = {regard.nom: await _conventions(connection, regard) for regard in comptes}
        toutes = sorted({convention for vues in lues.values() for convention in vues})
        assert len(toutes) >= 2
        for regard in comptes:
            qui = (regard.organisation, regard.membre, ",".join(sorted(regard.roles)))
            citees = [
                await connection.fetchrow("SELECT * FROM vues.convention_citee($1, $2, $3, $4)", *qui, convention)
                for convention in toutes
            ]
            assert {row["convention"]: row["prises"] for row in citees if row is not None} == lues[regard.nom]
            # Whom it was told about is forgotten with the statement.
            assert not await connection.fetch("SELECT FROM vues.conventions")
        assert lues["semis.agent"]
        assert lues["autre-bailleur.agent"]
        assert not lues["semis.agent"].keys() & lues["autre-bailleur.agent"].keys()
    finally:
        await connection.close()


async def _conventions(connection: asyncpg.Connection[Any], regard: Regard) -> dict[Any, int]:
    """The conventions that `regard` reads in the views, each with its places taken."""
    async with connection.transaction():
        await connection.execute(
            """SELECT set_config('maillage.organisation', $1, true), set_config('maillage.membre', $2, true),
                      set_config('maillage.roles', $3, true)""",
            str(regard.organisation), str(regard.membre), ",".join(sorted(regard.roles)),
        )  # fmt: skip
        rows = await connection.fetch(
            """SELECT c.convention, coalesce(p.prises, 0) AS prises
                 FROM vues.conventions c LEFT JOIN vues.places p USING (convention) WHERE c.bailleur IS NOT NULL"""
        )
    return {row["convention"]: row["prises"] for row in rows}
