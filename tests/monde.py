"""A whole deployment for a test: real PostgreSQL and Kafka, the services' APIs in this process, their workers beside.

Requests go through the real ASGI apps; what they write goes through the store, the relay, Kafka and the projectors.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import httpx
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from contracts import dossiers as d
from contracts import partenaires as p
from deploy.machine.poste import Poste
from deploy.migrations.migrer import migrer
from deploy.roles import Acces
from deploy.serveur import prise_libre, servir
from jeu.geste import Geste
from services.socle.base.clock import regler
from services.socle.base.database import connect
from services.socle.base.settings import Emetteur, Settings
from services.socle.delivery.relay import Relay
from services.socle.facts.append import APPEND, Fact, Part, Write, _arguments
from services.socle.facts.codec import Codec
from services.socle.keys.vault import CoffreFichier
from services.socle.service import Definition, api, travailler

DEBUT = date(2026, 1, 5)
SERVICE = "service.notifications"
"""The account under which services call each other; a member like any other, to be made with `membre`."""
_DOSSIERS = Codec[d.Event](d.Event)
_PARTENAIRES = Codec[p.Event](p.Event)


class Monde:
    """`clients` by service name; `jeton(sujet)` signs in; `faits_partenaires` writes facts the partenaires service would."""

    def __init__(self, settings: Settings, poste: Poste, acces: Acces, horloge: Path) -> None:
        self.settings, self.poste, self.acces, self.horloge = settings, poste, acces, horloge
        self.clients: dict[str, httpx.AsyncClient] = {}
        self.apps: dict[str, FastAPI] = {}

    def jeton(self, sujet: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.poste.emetteur.jeton(sujet)}"}

    def jour(self, le: date) -> None:
        """Set the simulated clock to noon of `le`."""
        regler(self.horloge, datetime(le.year, le.month, le.day, 11, tzinfo=UTC))

    async def faits_partenaires(self, stream: UUID, *events: p.Event) -> None:
        """Append events to a stream of partenaires, as that service would have."""
        await self._faits("partenaires", stream, [(type(e).__name__, _PARTENAIRES.encode(e)) for e in events], stream)

    async def faits_dossiers(self, stream: UUID, *events: d.Event, par: UUID = UUID(int=1)) -> None:
        """Append events to a dossier, as that service would have in the name of `par`; their texts are not sealed."""
        await self._faits("dossiers", stream, [(type(e).__name__, _DOSSIERS.encode(e)) for e in events], par)

    async def _faits(self, service: str, stream: UUID, events: Sequence[tuple[str, bytes]], par: UUID) -> None:
        facts = [Fact(uuid7(), type_, 1, data) for type_, data in events]
        connection = await connect(self.acces.dsn(service, "ajout"))
        try:
            before = await connection.fetchval("SELECT version FROM faits.streams WHERE stream_id = $1", stream)
            part = Part(stream, before or 0, facts, frozenset({par}))
            write = Write([part], par, UUID(int=1), uuid4(), b"", datetime.now(UTC), uuid4())
            assert await connection.fetch(APPEND, *_arguments([write]))
        finally:
            await connection.close()

    async def membre(self, sujet: str, organisation: UUID, nature: str, *roles: str) -> UUID:
        """A member who may act; answers their id. Comes into force when the views have it."""
        membre = uuid5(organisation, sujet)
        await self.faits_partenaires(
            uuid5(organisation, "membres"),
            p.MembreHabilite(membre, organisation, nature, self.poste.url, sujet, roles, DEBUT),
        )
        return membre

    async def poster(
        self, sujet: str, chemin: str, corps: Any = None, service: str = "dossiers", **en_tetes: str
    ) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4()), **self.jeton(sujet), **en_tetes}
        return await self.clients[service].post(chemin, json=corps or {}, headers=headers)

    async def faire(self, sujet: str, geste: Geste[Any], sur: object = None, **en_tetes: str) -> dict[str, Any]:
        """A gesture that must succeed; answers the id and version of what it was done to."""
        reponse = await self.poster(sujet, f"/v1{geste.chemin(sur)}", geste.corps, geste.service, **en_tetes)
        assert reponse.status_code == (201 if sur is None else 200), (
            f"{geste.nom}: {reponse.status_code} {reponse.text}"
        )
        effet: dict[str, Any] = reponse.json()
        return effet

    async def lire(self, sujet: str, chemin: str, service: str = "dossiers", **params: Any) -> httpx.Response:
        return await self.clients[service].get(chemin, params=params, headers=self.jeton(sujet))

    async def attendre(
        self, sujet: str, chemin: str, statut: int = 200, delai: float = 10.0, **params: Any
    ) -> httpx.Response:
        """GET until it answers `statut`."""
        for _ in range(int(delai / 0.05)):
            reponse = await self.lire(sujet, chemin, **params)
            if reponse.status_code == statut:
                return reponse
            await asyncio.sleep(0.05)
        raise AssertionError(f"{chemin}: {reponse.status_code} {reponse.text}")


@asynccontextmanager
async def monde(
    acces: Acces,
    kafka: str,
    dossier: Path,
    services: Sequence[Definition[Any]],
    travail: bool = True,
    emetteurs: Sequence[Emetteur] = (),
) -> AsyncIterator[Monde]:
    """Migrate, start, and stop at the end. `kafka` is a bootstrap address whose topics exist; `emetteurs` are trusted
    beside this world's own."""
    async with AsyncExitStack() as stack:
        await migrer(acces.dsn)
        cle, horloge = dossier / "cle", dossier / "horloge"
        if not cle.exists():
            CoffreFichier.creer(cle)
        regler(horloge, datetime(DEBUT.year, DEBUT.month, DEBUT.day, 11, tzinfo=UTC))
        prise = prise_libre()

        async def rien() -> None:
            return None

        poste = Poste(prise.getsockname()[1], horloge, rien)
        await stack.enter_async_context(servir(poste.application(), prise))
        prises = {definition.nom: prise_libre() for definition in services}
        settings = Settings(
            mode="local", postgres=f"postgresql://{acces.serveur}", postgres_secrets=acces.secrets, bases=acces.prefixe,
            kafka=kafka, emetteurs=(poste.confiance, *emetteurs), cle_maitre=cle, horloge=horloge,
            jeton_url=f"{poste.url}/jeton", jeton_client=SERVICE, url_dossiers=_url(prises.get("dossiers")),
            url_partenaires=_url(prises.get("partenaires")),
            url_notifications=_url(prises.get("notifications")),
        )  # fmt: skip
        le_monde = Monde(settings, poste, acces, horloge)
        for definition in services:
            app = api(definition, settings)
            await stack.enter_async_context(servir(app, prises[definition.nom]))
            le_monde.apps[definition.nom] = app
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{definition.nom}")
            le_monde.clients[definition.nom] = await stack.enter_async_context(client)
        if travail:
            taches = [asyncio.create_task(travailler(d, settings)) for d in services]
            if "partenaires" not in {d.nom for d in services}:
                relay = Relay(
                    "partenaires",
                    acces.dsn("partenaires", "suite"),
                    "partenaires",
                    lambda: {"bootstrap_servers": kafka},
                )
                taches.append(asyncio.create_task(relay.run()))
            stack.push_async_callback(_arreter, taches)
        yield le_monde


def _url(prise: socket.socket | None) -> str:
    """Where a service answers; where nothing does, for one that is not part of this world."""
    return f"http://127.0.0.1:{prise.getsockname()[1] if prise else 1}"


async def _arreter(taches: Sequence[asyncio.Task[None]]) -> None:
    for tache in taches:
        tache.cancel()
    for tache in taches:
        with contextlib.suppress(asyncio.CancelledError, asyncpg.PostgresError):
            await tache
