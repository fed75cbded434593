"""A whole deployment whose views hold a hundred thousand households, in half a minute: what the pages are measured on.

A thousand lives, at every stage, go the product's whole way (sealed, relayed, projected). Their rows are then copied in the
views under other ids until there are enough, and the keys with them. The store itself keeps the thousand: no page reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import asyncpg

from bench.deploiement import ajouter
from bench.echelle import CLES
from bench.magasin import pour_de_bon, remplir, trousseau
from bench.taille import Taille
from bench.vies import (
    AGENT,
    ASSOCIATION,
    BAILLEUR,
    CONVENTION,
    COORDINATEUR,
    DISPOSITIF,
    ENTIERE,
    FINANCEUR,
    REFERENT,
)
from contracts import partenaires as p
from deploy.catalogue import SERVICES
from deploy.machine.comptes import Api
from deploy.machine.local import Local
from jeu import partenaires as g

ANALYSTE = UUID(int=0xE701)
ORGANISATIONS = {
    BAILLEUR: ("Bailleur du banc", "bailleur"),
    ASSOCIATION: ("Association du banc", "association"),
    FINANCEUR: ("Financeur du banc", "financeur"),
}
COMPTES = {
    "banc.agent": (AGENT, BAILLEUR, "agent"),
    "banc.referent": (REFERENT, ASSOCIATION, "referent"),
    "banc.coordinateur": (COORDINATEUR, ASSOCIATION, "coordinateur"),
    "banc.analyste": (ANALYSTE, FINANCEUR, "analyste"),
}
"""Who signs in: member, organisation, role."""

STADES = (1, 5, 6, 7, 8, 10, 12, 13, 16, 16, 16, ENTIERE)
"""After how many facts a life stops: spotted, oriented, studied, accepted… under contract most often, closed."""

VUES = {
    "dossiers": (
        *("orientations", "portefeuille", "travail", "frise", "notes"),
        *("recherche_bailleur", "recherche_association", "indicateurs"),
    ),
    "notifications": ("boite",),
}
"""The views that hold rows of a dossier, and that pages read."""

RESEAUX, CONVENTIONS, REFERENTS = 10, 10, 20
"""The households are shared out: so many landlords with their association, each pair's conventions and référents. Those
who look at the pages are of the first pair, its first convention, its first référent."""

COPIES = f"""
SELECT dossier AS modele, (left(gen_random_uuid()::text, 34) || right(dossier::text, 2))::uuid AS dossier,
       g % {RESEAUX} AS reseau, g / {RESEAUX} % {CONVENTIONS} AS convention, (random() * {REFERENTS - 1})::int AS referent
  FROM vues.orientations CROSS JOIN generate_series(1, $1) g"""
"""The last byte of an id says in which of its compartments a household is searched for (services/dossiers/recherche.py)."""

Copie: TypeAlias = tuple[UUID, UUID, int, int, int]
"""Model, copy, and whose it becomes."""


async def peupler(ici: Local, taille: Taille) -> list[str]:
    """Fill the deployment; answers dossiers under contract of the first pair, drawn at random."""
    await ajouter(ici.settings.dsn("partenaires", "ajout"), _partenaires(ici.poste.emetteur.issuer))
    base, notifications = _base(ici, "dossiers"), _base(ici, "notifications")
    async with trousseau(ici.settings) as cles:
        debut = datetime.now(UTC).date()
        for rang, faits in enumerate(STADES):
            combien = taille.petit // len(STADES) + (rang < taille.petit % len(STADES))
            # Spread over the last days: what is due is due soon, and nothing is late enough for the clock to act.
            le = debut - timedelta(days=4 + rang)
            await remplir(base, combien, faits, pour_de_bon(cles), le)
    await _jusqu_au_bout(base, notifications)
    async with Api(ici.urls, ici.poste) as api:
        await asyncio.gather(*(api.attendre(compte, service) for compte in COMPTES for service in SERVICES))
    copies = await _copier(base, taille.grand // taille.petit - 1)
    await _multiplier(base, "dossiers", copies)
    await _multiplier(notifications, "notifications", copies)
    await _executer(
        _base(ici, "cles"), CLES.replace("$1", str(taille.grand // taille.petit - 1)), "VACUUM ANALYZE dossiers.cles"
    )
    return await _tirage(base)


def _base(ici: Local, service: str) -> str:
    return urlsplit(ici.dsn_admin)._replace(path=f"/{ici.settings.bases}{service}").geturl()


def _partenaires(emetteur: str) -> Mapping[UUID, Sequence[p.Event]]:
    """What the partenaires service would have written."""
    today = datetime.now(UTC).date()
    debut, fin, regles = today - timedelta(days=365), today + timedelta(days=365), p.Regles()
    streams: dict[UUID, list[p.Event]] = {
        id_: [g.inscrire(nom, nature, emetteur).laisse(debut, organisation=id_)]
        for id_, (nom, nature) in ORGANISATIONS.items()
    }
    for sujet, (membre, organisation, role) in COMPTES.items():
        habilite = g.habiliter_membre(membre, sujet, [role])
        streams[uuid5(organisation, sujet)] = [
            g.inviter_membre(sujet).laisse(debut, membre=membre, organisation=organisation),
            habilite.laisse(debut, organisation=organisation, nature=ORGANISATIONS[organisation][1], emetteur=emetteur),
        ]
    dispositif = g.ouvrir_dispositif("Dispositif du banc", (), (), regles)
    proposee = g.proposer(DISPOSITIF, BAILLEUR, ASSOCIATION, 10_000, debut, fin).laisse(
        debut, convention=CONVENTION, regles=regles
    )
    ligne = p.LigneDeFinancement(FINANCEUR, "avdl", 700_000)
    streams[DISPOSITIF] = [dispositif.laisse(debut, dispositif=DISPOSITIF, organisation=BAILLEUR)]
    streams[CONVENTION] = [
        proposee,
        g.signer().laisse(debut, convention=CONVENTION, organisation=BAILLEUR, membre=AGENT),
        g.signer().laisse(debut, convention=CONVENTION, organisation=ASSOCIATION, membre=COORDINATEUR),
        g.activee(proposee),
        g.financer(today.year, ligne).laisse(debut, convention=CONVENTION),
    ]
    return streams


async def _jusqu_au_bout(dossiers: str, notifications: str) -> None:
    """Until the views show every fact, and every message is in its inbox. Raises TimeoutError."""
    la, ici = await asyncpg.connect(dossiers), await asyncpg.connect(notifications)
    try:
        async with asyncio.timeout(180):
            voulus = await _versions(la, "SELECT stream_id, version FROM faits.streams")
            for connection, lecteur in ((la, "dossiers.vues"), (ici, "notifications.vues")):
                lues = f"SELECT stream_id, version FROM faits.positions WHERE lecteur = '{lecteur}'"
                while not voulus <= await _versions(connection, lues):
                    await asyncio.sleep(0.2)
            while await ici.fetchval(
                """SELECT EXISTS (SELECT FROM faits.streams s LEFT JOIN faits.positions p
                     ON p.stream_id = s.stream_id AND p.lecteur = 'notifications.vues'
                     WHERE p.version IS DISTINCT FROM s.version)"""
            ):
                await asyncio.sleep(0.2)
    finally:
        await la.close()
        await ici.close()


async def _versions(connection: asyncpg.Connection[Any], query: str) -> set[tuple[UUID, int]]:
    return {(row["stream_id"], row["version"]) for row in await connection.fetch(query)}


async def _copier(base: str, fois: int) -> list[Copie]:
    """Every dossier to be made."""
    connection = await asyncpg.connect(base)
    try:
        return [tuple(row) for row in await connection.fetch(COPIES, fois)]
    finally:
        await connection.close()


async def _multiplier(base: str, service: str, copies: Sequence[Copie]) -> None:
    """The views' rows of each model, for each of its copies."""
    connection = await asyncpg.connect(base)
    try:
        await connection.execute(
            "CREATE TEMP TABLE copies (modele uuid, dossier uuid, reseau int, convention int, referent int)"
        )
        await connection.copy_records_to_table("copies", records=copies)
        await connection.execute("ANALYZE copies")
        for vue in VUES[service]:
            await _copier_la_vue(connection, service, vue)
            await connection.execute(f"VACUUM ANALYZE vues.{vue}")
    finally:
        await connection.close()


async def _copier_la_vue(connection: asyncpg.Connection[Any], service: str, vue: str) -> None:
    """An index on arrays is made again afterwards, which takes a tenth of the time it takes to be kept up."""
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'vues' AND table_name = $1", vue
    )
    columns = [row["column_name"] for row in rows]
    key = next((name for name in ("dossier", "stream_id") if name in columns), None)
    source = f"vues.{vue} v JOIN copies c ON c.modele = v.{key}"
    if key is None:  # `indicateurs` names no dossier: each of its rows is the model of as many as any dossier is
        source = f"""(SELECT *, row_number() OVER () AS rang FROM vues.{vue}) v
                     JOIN (SELECT *, dense_rank() OVER (ORDER BY modele) AS rang FROM copies) c USING (rang)"""
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'vues' AND tablename = $1 AND indexdef LIKE '%gin%'",
        vue,
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX vues.{index['indexname']}")
    values = ", ".join(_valeur(column, service) for column in columns)
    await connection.execute(f"INSERT INTO vues.{vue} ({', '.join(columns)}) SELECT {values} FROM {source}")
    for index in indexes:
        await connection.execute(index["indexdef"])


def _valeur(column: str, service: str) -> str:
    """The column of a copy: another id, and its own network's organisations, convention and référent."""
    match column:
        case "dossier":
            return "c.dossier"
        case "stream_id" if service == "dossiers":
            return "c.dossier"
        case "stream_id" | "note" | "message" | "cle":
            return f"md5(v.{column}::text || c.dossier::text)::uuid"
        case "bailleur" | "association" | "organisation" | "source":
            return _autre(column, "c.reseau")
        case "convention":
            return _autre(column, "c.reseau, c.convention")
        case "referent" | "membre":
            return _autre(column, "c.reseau, c.referent")
        case _:
            return f"v.{column}"


def _autre(column: str, rangs: str) -> str:
    """The model's for whoever is first everywhere, another made from it for the others."""
    return f"""CASE WHEN greatest({rangs}) = 0 THEN v.{column}
                    ELSE md5(v.{column}::text || concat_ws('-', {rangs}))::uuid END"""


async def _executer(base: str, *statements: str) -> None:
    connection = await asyncpg.connect(base)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _tirage(base: str, combien: int = 1000) -> list[str]:
    connection = await asyncpg.connect(base)
    try:
        rows = await connection.fetch(
            """SELECT dossier FROM vues.portefeuille WHERE etape = 'sous_contrat' AND association = $1
                ORDER BY random() LIMIT $2""",
            ASSOCIATION,
            combien,
        )
    finally:
        await connection.close()
    return [str(row["dossier"]) for row in rows]
