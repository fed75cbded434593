"""`maillage docteur`: looks at every piece of a deployment, and says for each what is wrong and what to do."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Table

from deploy.catalogue import PORTAIL, SERVICES
from deploy.migrations.migrer import empreinte
from deploy.terminal import ecrire
from services.portail.connexion import Fournisseur, FournisseurInjoignable
from services.socle.base.database import connect
from services.socle.base.settings import Connexion, ReglageInvalide, Settings, lire
from services.socle.delivery import kafka
from services.socle.keys.vault import CoffreFichier
from services.socle.service import Definition

VIEUX = 30
"""Seconds an open write may last before readers suffer."""


class Constat(Struct, frozen=True):
    """One thing looked at. `remede` says what to do; empty when all is well."""

    quoi: str
    va_bien: bool
    detail: str
    remede: str = ""


async def examiner(console: Console, en_json: bool) -> int:
    """Exit code 3 when something is wrong."""
    settings = lire()
    constats: list[Constat] = []
    for examen in (_cle, _kafka, _emetteurs, _connexions, _services):
        constats += await examen(settings)
    for definition in SERVICES.values():
        constats += await _base(settings, definition)
    if en_json:
        ecrire([to_builtins(constat) for constat in constats])
    else:
        table = Table("", "Pièce", "Constat", "Que faire")
        for c in constats:
            table.add_row("[green]bien[/green]" if c.va_bien else "[red]mal[/red]", c.quoi, c.detail, c.remede)
        console.print(table)
    return 0 if all(c.va_bien for c in constats) else 3


async def _cle(settings: Settings) -> list[Constat]:
    try:
        CoffreFichier(settings.cle_maitre)
    except (OSError, ReglageInvalide) as error:
        remede = "Remettez la copie de la clé maîtresse, lisible de son seul propriétaire (mode 0600)."
        return [Constat("clé maîtresse", False, str(error), remede)]
    return [Constat("clé maîtresse", True, "lisible de son seul propriétaire")]


async def _kafka(settings: Settings) -> list[Constat]:
    consumer = AIOKafkaConsumer(**kafka.client(settings), request_timeout_ms=5000)
    try:
        await consumer.start()
        try:
            topics = await consumer.topics()
        finally:
            await consumer.stop()
    except (KafkaError, OSError) as error:
        remede = "Vérifiez MAILLAGE_KAFKA et que le broker tourne ; les commandes continuent sans lui."
        return [Constat("kafka", False, type(error).__name__, remede)]
    absents = sorted({d.nom for d in SERVICES.values()} - set(topics))
    if absents:
        return [Constat("kafka", False, f"sujets absents : {', '.join(absents)}", "Lancez maillage migrer.")]
    return [Constat("kafka", True, f"{len(topics)} sujets")]


async def _emetteurs(settings: Settings) -> list[Constat]:
    async with httpx.AsyncClient(timeout=5) as client:
        return [await _jwks(client, e.issuer, e.jwks_url) for e in settings.emetteurs]


async def _jwks(client: httpx.AsyncClient, issuer: str, url: str) -> Constat:
    quoi = f"émetteur {issuer}"
    try:
        cles = (await client.get(url)).raise_for_status().json()["keys"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return Constat(quoi, False, type(error).__name__, f"Vérifiez {url} : sans ses clés, personne ne se connecte.")
    return Constat(quoi, True, f"{len(cles)} {'clé' if len(cles) == 1 else 'clés'}")


async def _connexions(settings: Settings) -> list[Constat]:
    """Whether each provider that people sign in with describes itself as the pages expect."""
    async with httpx.AsyncClient(timeout=5) as client:
        return [await _connexion(client, connexion) for connexion in settings.connexions]


async def _connexion(client: httpx.AsyncClient, connexion: Connexion) -> Constat:
    quoi = f"connexion {connexion.nom}"
    try:
        description = await Fournisseur(connexion, client).description()
    except FournisseurInjoignable:
        return Constat(quoi, False, "description illisible", f"Vérifiez MAILLAGE_CONNEXIONS : {connexion.issuer}.")
    return Constat(quoi, True, description.authorization_endpoint)


async def _services(settings: Settings) -> list[Constat]:
    constats = []
    async with httpx.AsyncClient(timeout=5) as client:
        for nom in (*SERVICES, PORTAIL):
            url: str | None = getattr(settings, f"url_{nom}")
            if url is None:
                continue
            try:
                reponse = await client.get(f"{url}/sante/pret")
                bien, dit = reponse.status_code == 200, reponse.json().get("verifications", {})
                detail = ", ".join(f"{quoi} : {constat}" for quoi, constat in dit.items())
            except (httpx.HTTPError, ValueError) as error:
                bien, detail = False, type(error).__name__
            remede = "" if bien else f"Lisez le journal de maillage servir {nom}."
            constats.append(Constat(f"service {nom}", bien, detail, remede))
    return constats


async def _base(settings: Settings, definition: Definition[Any]) -> list[Constat]:
    """Roles that cannot bypass, parked facts, relay's delay, old transactions, views older than their declaration."""
    nom = definition.nom
    try:
        connection = await connect(settings.dsn(nom, "suite"))
    except (asyncpg.PostgresError, OSError) as error:
        remede = "Vérifiez MAILLAGE_POSTGRES et lancez maillage migrer."
        return [Constat(f"base {nom}", False, type(error).__name__, remede)]
    try:
        return [
            await _roles(connection, nom),
            await _gares(connection, nom),
            await _retard(connection, nom),
            await _transactions(connection, nom),
            await _vues(connection, definition),
        ]
    finally:
        await connection.close()


async def _roles(connection: asyncpg.Connection[Any], nom: str) -> Constat:
    fort = await connection.fetchval(
        "SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname LIKE $1 AND (rolsuper OR rolbypassrls)",
        f"{nom}\\_%",
    )
    remede = f"Retirez-leur ces droits : maillage migrer le fait ({fort})." if fort else ""
    return Constat(f"rôles {nom}", not fort, fort or "aucun ne contourne les politiques", remede)


async def _gares(connection: asyncpg.Connection[Any], nom: str) -> Constat:
    faits, flux = await connection.fetchrow("SELECT count(*), count(DISTINCT stream_id) FROM faits.garage") or (0, 0)
    remede = f"Corrigez la cause (journal), puis maillage rejouer {nom}." if faits else ""
    return Constat(f"faits garés {nom}", not faits, f"{faits} faits de {flux} flux", remede)


async def _retard(connection: asyncpg.Connection[Any], nom: str) -> Constat:
    attente = await connection.fetchval(
        """SELECT count(*) FROM faits.events e LEFT JOIN faits.curseurs c ON c.nom = $1
            WHERE c.nom IS NULL OR (e.txid, e.pos) > (c.txid, c.pos)""",
        f"relais:{nom}",
    )
    beaucoup = int(attente) > 10_000
    remede = f"Le relais suit-il ? Lisez le journal de maillage servir {nom} et l'état de Kafka." if beaucoup else ""
    return Constat(f"relais {nom}", not beaucoup, f"{attente} faits à envoyer", remede)


async def _transactions(connection: asyncpg.Connection[Any], nom: str) -> Constat:
    age = await connection.fetchval(
        """SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::int FROM pg_stat_activity
            WHERE backend_xid IS NOT NULL"""
    )
    vieux = int(age) > VIEUX
    remede = "Une écriture ouverte retient tous les lecteurs : trouvez-la dans pg_stat_activity." if vieux else ""
    return Constat(f"transactions {nom}", not vieux, f"la plus vieille écriture a {age} s", remede)


async def _vues(connection: asyncpg.Connection[Any], definition: Definition[Any]) -> Constat:
    perimees = []
    for view in definition.vues:
        connue = await connection.fetchval("SELECT obj_description(to_regclass($1), 'pg_class')", f"vues.{view.name}")
        if connue != empreinte(definition.nom, view):
            perimees.append(view.name)
    remede = f"maillage migrer les refait : {', '.join(perimees)}." if perimees else ""
    return Constat(f"vues {definition.nom}", not perimees, f"{len(definition.vues)} vues", remede)
