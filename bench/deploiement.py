"""A running dossiers service for the bench: its API process, its worker process, and who works with whom."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from bench.magasin import Dossier, pour_de_bon, remplir, trousseau
from bench.terrain import Terrain
from bench.vies import (
    AGENT,
    ASSOCIATION,
    BAILLEUR,
    CONVENTION,
    COORDINATEUR,
    DISPOSITIF,
    FINANCEUR,
    REFERENT,
)
from contracts import partenaires as p
from deploy.machine.local import environnement
from deploy.machine.poste import Poste
from deploy.moteurs.processus import Processus, port_libre
from deploy.roles import Acces
from deploy.serveur import prise_libre, servir
from services.socle.base.database import connect
from services.socle.base.settings import Settings
from services.socle.delivery.relay import Relay
from services.socle.facts.append import Fact, Part, Write, append_within
from services.socle.facts.codec import Codec

RACINE = Path(__file__).parents[1]
MEMBRES = (
    ("agent", AGENT, BAILLEUR, "bailleur", "agent"),
    ("referent", REFERENT, ASSOCIATION, "association", "referent"),
    ("coordinateur", COORDINATEUR, ASSOCIATION, "association", "coordinateur"),
)
"""Subject, member, organisation, its nature, role."""

_CODEC = Codec[p.Event](p.Event)


class Deploiement:
    """`acces`: the databases; `port`: the API's; `settings`: what its processes are told."""

    def __init__(self, terrain: Terrain, acces: Acces, settings: Settings, poste: Poste, dossier: Path) -> None:
        self.terrain, self.acces, self.settings, self.port = terrain, acces, settings, port_libre()
        self._poste, self._dossier = poste, dossier
        self._processus: dict[str, Processus] = {}

    def autorisation(self, sujet: str) -> str:
        return f"Bearer {self._poste.emetteur.jeton(sujet)}"

    def lancer(self, partie: str) -> None:
        """Start the process `api` or `travail`, as `maillage servir` does."""
        port = self.port if partie == "api" else port_libre()
        self._processus[partie] = Processus(
            [sys.executable, "-m", "deploy.cli", "servir", "dossiers", "--partie", partie, "--port", str(port)],
            self._dossier / f"{partie}.log",
            dossier=RACINE,
            env={**os.environ, **environnement(self.settings)},
        )

    def tuer(self, partie: str) -> None:
        """kill -9."""
        self._processus.pop(partie).tuer()

    def arreter(self) -> None:
        for processus in self._processus.values():
            processus.arreter()
        self._processus.clear()

    async def pret(self) -> None:
        """Until the API answers and knows the members. Raises MoteurIndisponible."""
        api = self._processus["api"]
        await asyncio.to_thread(api.attendre, lambda: self._repond("/sante/pret"), "L'API", 60)
        await asyncio.to_thread(api.attendre, self._connait, "La vue des accès", 60)

    def _repond(self, chemin: str, **headers: str) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{chemin}", headers=headers, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _connait(self) -> bool:
        places = f"/v1/conventions/{CONVENTION}/places"
        return all(self._repond(places, Authorization=self.autorisation(sujet)) for sujet, *_ in MEMBRES)

    async def remplir(self, combien: int, faits: int) -> list[Dossier]:
        """Add dossiers sealed under keys of their own."""
        async with trousseau(self.settings) as cles:
            dsn = self.terrain.dsn_admin_de(self.acces.base("dossiers"))
            return await remplir(dsn, combien, faits, pour_de_bon(cles))

    async def au_calme(self) -> None:
        """Until the worker has folded everything the store holds. Raises TimeoutError."""
        connection = await connect(self.acces.dsn("dossiers", "suite"))
        try:
            async with asyncio.timeout(120):
                while await connection.fetchval(
                    """SELECT EXISTS (SELECT FROM faits.streams s LEFT JOIN faits.positions p
                         ON p.stream_id = s.stream_id AND p.lecteur = 'dossiers.vues'
                         WHERE p.version IS DISTINCT FROM s.version)"""
                ):
                    await asyncio.sleep(0.1)
        finally:
            await connection.close()


@asynccontextmanager
async def deploiement(terrain: Terrain, nom: str) -> AsyncIterator[Deploiement]:
    """The service on an empty broker and databases of its own, its members known, its convention active."""
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(terrain.kafka.effacer)
        acces = await stack.enter_async_context(terrain.bases(nom))
        dossier = terrain.racine / nom
        dossier.mkdir()
        prise = prise_libre()
        poste = Poste(prise.getsockname()[1], None, _rien)
        await stack.enter_async_context(servir(poste.application(), prise))
        settings = terrain.reglages(acces, nom).model_copy(update={"emetteurs": (poste.confiance,)})
        le = Deploiement(terrain, acces, settings, poste, dossier)
        stack.callback(le.arreter)
        le.lancer("api")
        le.lancer("travail")
        await _partenaires(acces, poste.url)
        relay = Relay(
            "partenaires", acces.dsn("partenaires", "suite"), "partenaires",
            lambda: {"bootstrap_servers": terrain.kafka.bootstrap},
        )  # fmt: skip
        task = asyncio.create_task(relay.run())
        try:
            await le.pret()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        yield le


async def _rien() -> None:
    """Nothing falls due while we measure."""


async def _partenaires(acces: Acces, emetteur: str) -> None:
    """What the partenaires service would have written: members, the convention, its funding."""
    today = datetime.now(UTC).date()
    debut, fin = today - timedelta(days=365), today + timedelta(days=365)
    streams: dict[UUID, list[p.Event]] = {
        membre: [p.MembreHabilite(membre, organisation, nature, emetteur, sujet, (role,), debut)]
        for sujet, membre, organisation, nature, role in MEMBRES
    }
    streams[CONVENTION] = [
        p.ConventionActivee(CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, 10_000, debut, fin, p.Regles(), debut),
        p.PlanDeFinancementEtabli(CONVENTION, today.year, (p.LigneDeFinancement(FINANCEUR, "avdl", 700_000),), debut),
    ]
    await ajouter(acces.dsn("partenaires", "ajout"), streams)


async def ajouter(dsn: str, streams: Mapping[UUID, Sequence[p.Event]]) -> None:
    """Begin these streams of partenaires, as that service would have."""
    connection: asyncpg.Connection[Any] = await connect(dsn)
    try:
        for stream, events in streams.items():
            facts = [Fact(uuid4(), type(e).__name__, 1, _CODEC.encode(e)) for e in events]
            part = Part(stream, 0, facts, frozenset({stream}))
            write = Write((part,), stream, UUID(int=1), uuid4(), bytes(32), datetime.now(UTC), uuid4())
            async with connection.transaction():
                if not await append_within(connection, write):
                    raise RuntimeError("an empty store cannot be in conflict")
    finally:
        await connection.close()
