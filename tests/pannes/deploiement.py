"""The dossiers service as it is deployed, in processes that tests may kill: its API, its worker, an operator's commands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.group import LeaveGroupRequest

from contracts import partenaires as p
from deploy.machine.local import environnement
from deploy.moteurs.processus import port_libre
from deploy.moteurs.sujets import administrateur
from deploy.roles import Acces
from services.dossiers.app import SERVICE
from services.socle.delivery.relay import Relay
from tests.monde import DEBUT, Monde, monde
from tests.pannes.charge import ASSOCIATION, BAILLEUR, CONVENTION, DISPOSITIF, MEMBRES
from tests.pannes.pepiniere import Enfant, Pepiniere, pepiniere
from tests.socle.chaine import en_fond


class Deploiement:
    """`monde.clients["dossiers"]` talks to whichever API process is there."""

    def __init__(self, le_monde: Monde, plants: Pepiniere, port: int) -> None:
        self.monde, self._plants, self._port = le_monde, plants, port

    async def api(self, point: str = "", port: int | None = None) -> Enfant:
        return await self.lancer(
            "servir", "dossiers", "--partie", "api", "--port", str(port or self._port), point=point
        )

    async def travail(self, point: str = "", service: str = "dossiers") -> Enfant:
        return await self.lancer("servir", service, "--partie", "travail", "--port", str(port_libre()), point=point)

    async def lancer(self, *arguments: str, point: str = "") -> Enfant:
        reglages = environnement(self.monde.settings)
        # Nobody asks partenaires for anything here; the scheduler wants to know where it would be.
        reglages |= {
            "MAILLAGE_URL_DOSSIERS": f"http://127.0.0.1:{self._port}",
            "MAILLAGE_URL_PARTENAIRES": "http://127.0.0.1:9",
        }
        return await self._plants.lancer(arguments, reglages, point)

    async def pret(self, delai: float = 40.0) -> None:
        """Until the API answers, and knows the accounts and the convention: a worker must be there to tell it."""
        async with asyncio.timeout(delai):
            while True:
                with suppress(httpx.HTTPError):
                    if (await self.monde.clients["dossiers"].get("/sante/pret")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
        for membre, *_ in MEMBRES:
            await self.monde.attendre(membre, "/v1/moi", delai=delai)
        await self.monde.attendre("agent", f"/v1/conventions/{CONVENTION}/places", delai=delai)

    async def mourir(self, lancer: Callable[[str], Awaitable[Enfant]], nom: str, passage: int = 1) -> None:
        """Start a process that dies at a point, and see it die there."""
        enfant = await lancer(f"{nom}:{passage}")
        status = await asyncio.wait_for(enfant.fin, 60)
        assert status == -signal.SIGKILL, f"{nom}: ended with {status}"

    async def oublier_les_morts(self, groupe: str = SERVICE.lecteur) -> None:
        """Tell the broker what it would find out by itself in six seconds: the members of the group are gone."""
        admin = administrateur(self.monde.settings.kafka)
        [decrit] = admin.describe_consumer_groups([groupe]).values()
        membres = [m.member_id for m in (await asyncio.to_thread(decrit.result, 10)).members]
        client = AIOKafkaClient(bootstrap_servers=self.monde.settings.kafka)
        await client.bootstrap()
        try:
            node = await client.coordinator_lookup(0, groupe)
            for membre in membres:
                assert await client.ready(node)
                await client.send(node, LeaveGroupRequest(groupe, membre))
        finally:
            await client.close()


@asynccontextmanager
async def deploiement(acces: Acces, kafka: str, dossier: Path, places: int = 10**6) -> AsyncIterator[Deploiement]:
    """Databases, accounts and a convention with so many places; no process of the service yet."""
    async with (
        monde(acces, kafka, dossier, [], travail=False) as m,
        pepiniere(dossier) as plants,
        en_fond(Relay("partenaires", acces.dsn("partenaires", "suite"), "partenaires", lambda: _client(kafka)).run()),
    ):
        for sujet, organisation, nature, role in MEMBRES:
            await m.membre(sujet, organisation, nature, role)
        await m.faits_partenaires(
            CONVENTION,
            p.ConventionActivee(
                CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, places, DEBUT, date(2026, 12, 31), p.Regles(), DEBUT
            ),
        )
        port = port_libre()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            m.clients["dossiers"] = client
            yield Deploiement(m, plants, port)


def _client(kafka: str) -> dict[str, Any]:
    return {"bootstrap_servers": kafka, "client_id": f"partenaires-{uuid4().hex[:6]}"}
