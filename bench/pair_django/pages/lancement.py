"""Filling the lists' database with the households that our own views show, and serving it."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from bench.enfant import BaseDuPair, dans_un_processus
from bench.pair_django.lancement import adresse, gunicorn
from bench.peuplement import COMPTES, ORGANISATIONS
from bench.vies import ASSOCIATION, BAILLEUR, CONVENTION, DISPOSITIF, nom, vie
from contracts.codes import liste

REGLAGES = "bench.pair_django.pages.reglages"

DOSSIERS = """
SELECT o.dossier, o.menage, o.bailleur, coalesce(p.association, o.association) AS association,
       coalesce(p.convention, o.convention) AS convention, p.referent, o.motifs, p.etape, p.etape_depuis,
       o.etape AS etape_bailleur, o.etape_depuis AS etape_bailleur_depuis, o.repere_le, o.oriente_le, o.reponse_avant,
       coalesce(p.prochaine_echeance, o.prochaine_echeance) AS prochaine_echeance, o.suivi, t.quoi AS attendu, t.echeance,
       coalesce(t.manquees, 0) AS manquees
  FROM vues.orientations o LEFT JOIN vues.portefeuille p USING (dossier) LEFT JOIN vues.travail t USING (dossier)"""
MESSAGES = """
SELECT DISTINCT ON (message) message AS id, dossier AS dossier_id, organisation AS organisation_id, role, membre, objet,
       echeance, le, instant
  FROM vues.boite"""


class ListesDjango(Struct, frozen=True):
    """`sessions`: account → the cookie of its open session."""

    url: str
    sessions: Mapping[str, str]


@asynccontextmanager
async def listes_django(
    base: BaseDuPair, dsn_admin: str, dossiers: str, notifications: str, racine: Path
) -> AsyncIterator[ListesDjango]:
    """One gunicorn worker process over the rows of the two databases of ours, `dsn_admin` being the peer's own address."""
    env = {"DJANGO_SETTINGS_MODULE": REGLAGES, "PAIR_SECRET": secrets.token_hex(32), **adresse(base)}
    comptes = {compte: role for compte, (_, _, role) in COMPTES.items() if role != "analyste"}
    sessions, users = await dans_un_processus(_preparer, env, comptes)
    await _remplir(dsn_admin, await _lire(dossiers, DOSSIERS), await _lire(notifications, MESSAGES), users)
    async with gunicorn(env, racine / "gunicorn-pages.log") as port:
        yield ListesDjango(f"http://127.0.0.1:{port}", sessions)


def _preparer(env: Mapping[str, str], comptes: Mapping[str, str]) -> tuple[dict[str, str], dict[str, int]]:
    """Tables, and somebody signed in for each account: (account → cookie, account → user)."""
    os.environ.update(env)
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)
    sessions, users = {}, {}
    for compte in comptes:
        user = get_user_model().objects.create_user(compte)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        sessions[compte], users[compte] = session.session_key, user.pk
    return sessions, users


async def _lire(dsn: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def _remplir(dsn: str, dossiers: list[Any], messages: list[Any], users: Mapping[str, int]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        # Rows that come from one consistent copy need not be checked one by one.
        await connection.execute("SET session_replication_role = replica")
        for table, rows in (
            ("organisation", _organisations(dossiers)),
            ("membre", _membres(dossiers, users)),
            ("convention", _conventions(dossiers)),
            ("dossier", [_dossier(row) for row in dossiers]),
            ("message", [dict(row) for row in messages]),
        ):
            if rows:
                columns = list(rows[0])
                records = [tuple(row[c] for c in columns) for row in rows]
                await connection.copy_records_to_table(f"pages_{table}", columns=columns, records=records)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _organisations(dossiers: list[Any]) -> list[dict[str, Any]]:
    found = {(row["bailleur"], "bailleur") for row in dossiers}
    found |= {(row["association"], "association") for row in dossiers if row["association"]}
    return [
        {"id": id_, "nom": ORGANISATIONS[id_][0] if id_ in ORGANISATIONS else "", "nature": nature}
        for id_, nature in found
    ]


def _membres(dossiers: list[Any], users: Mapping[str, int]) -> list[dict[str, Any]]:
    """Those who sign in, and those whom copies name."""
    siens = {
        membre: {
            "id": membre, "user_id": users[compte], "organisation_id": organisation, "nom": compte, "role": role, "actif": True,
        }
        for compte, (membre, organisation, role) in COMPTES.items()
        if compte in users
    }  # fmt: skip
    autres = {row["referent"]: row["association"] for row in dossiers if row["referent"]}
    for membre, organisation in autres.items():
        siens.setdefault(
            membre,
            {
                "id": membre, "user_id": None, "organisation_id": organisation, "nom": "Membre parti", "role": "referent",
                "actif": False,
            },
        )  # fmt: skip
    return list(siens.values())


def _conventions(dossiers: list[Any]) -> list[dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for row in [{"convention": CONVENTION, "bailleur": BAILLEUR, "association": ASSOCIATION}, *dossiers]:
        if row["convention"]:
            found.setdefault(
                row["convention"],
                {
                    "id": row["convention"], "bailleur_id": row["bailleur"], "association_id": row["association"],
                    "dispositif": "Dispositif du banc", "active": row["convention"] == CONVENTION, "places": 10_000,
                    "libres": 10_000,
                },
            )  # fmt: skip
    return list(found.values())


_REPERE: Any = vie(DISPOSITIF, datetime.now(UTC).date(), 1)[0].fait
_FOYER = ", ".join([liste("type_menage").libelle(_REPERE.composition.type_menage), "1 adulte", "2 enfants"])
"""Every household of the bench lives alike (bench/vies.py); our own rows hold the sealed texts, or the codes."""


def _dossier(row: Any) -> dict[str, Any]:
    meme = (
        *("motifs", "etape", "etape_depuis", "etape_bailleur", "etape_bailleur_depuis", "repere_le", "oriente_le"),
        *("reponse_avant", "prochaine_echeance", "suivi", "attendu", "echeance", "manquees"),
    )
    return {
        "id": row["dossier"], "nom": f"Camille {nom(row['menage'])}", "bailleur_id": row["bailleur"],
        "association_id": row["association"], "convention_id": row["convention"], "referent_id": row["referent"],
        "foyer": _FOYER, "commune": "Saintes (17)", "qpv": True, **{column: row[column] for column in meme},
    }  # fmt: skip
