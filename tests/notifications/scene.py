"""The people and the households of these tests, told as facts of the other services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import partenaires as p
from deploy.machine.comptes import CONNEXIONS
from deploy.moteurs.kafka import Kafka
from jeu import dossiers as g
from jeu import partenaires as gp
from services.dossiers.chapitres.echeances import SousContrat, jours_de_constat
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.notifications.appels import Services
from services.notifications.ordonnanceur import Ordonnanceur
from services.socle.base.calendar import echeances
from services.socle.base.clock import horloge
from services.socle.base.database import connect, pool
from services.socle.delivery.leader import lead_always
from services.socle.service import ouvrir
from tests.dossiers import histoire as h
from tests.monde import DEBUT, SERVICE, Monde

SEMIS, TREMPLIN, ETAT, DEPARTEMENT, MAILLAGE, AUTRE = (UUID(int=n) for n in (0x5E, 0x71, 0xE7, 0xDE, 0x5A, 0xA0))
CONVENTION, DISPOSITIF = UUID(int=0xC0), UUID(int=0xD1)

SANS_TACHES = replace(NOTIFICATIONS, taches=lambda _: ())
"""The service whose worker keeps no calendar and feeds nobody: the test does, when it wants to."""

MEMBRES = {
    "semis.agent": (SEMIS, "bailleur", "agent"),
    "tremplin.coordinateur": (TREMPLIN, "association", "coordinateur"),
    "tremplin.referent": (TREMPLIN, "association", "referent"),
    "tremplin.referent2": (TREMPLIN, "association", "referent"),
    "etat.analyste": (ETAT, "financeur", "analyste"),
    "departement.analyste": (DEPARTEMENT, "collectivite", "analyste"),
    "autre.agent": (AUTRE, "bailleur", "agent"),
    SERVICE: (MAILLAGE, "service", "service"),
}


class Scene:
    """The world, and what these tests ask of it again and again. `membres`: ids by subject."""

    def __init__(self, m: Monde, kafka: Kafka, membres: dict[str, UUID]) -> None:
        self.m, self.kafka, self.membres = m, kafka, membres

    async def boite(self, sujet: str, dossier: UUID, **params: Any) -> list[dict[str, Any]]:
        """A member's messages about a dossier, oldest first."""
        reponse = await self.m.lire(sujet, "/v1/boite", "notifications", limite=200, **params)
        assert reponse.status_code == 200, reponse.text
        return [e for e in reversed(reponse.json()["elements"]) if e["dossier"] == str(dossier)]

    async def objets(self, sujet: str, dossier: UUID) -> list[str]:
        return [e["objet"] for e in await self.boite(sujet, dossier)]

    async def recoit(self, sujet: str, dossier: UUID, objet: str) -> dict[str, Any]:
        """The message, once it has come."""
        for _ in range(200):
            for message in await self.boite(sujet, dossier):
                if message["objet"] == objet:
                    return message
            await asyncio.sleep(0.05)
        raise AssertionError(f"{sujet}: no {objet} among {await self.objets(sujet, dossier)}")

    async def faits(self, service: str, stream: UUID) -> list[tuple[str, dict[str, Any]]]:
        """What the store of a service holds of a stream: (type, event), in order."""
        async with pool(self.m.acces.dsn(service, "suite"), largest=1) as suite:
            rows = await suite.fetch(
                "SELECT type, data FROM faits.events WHERE stream_id = $1 ORDER BY version", stream
            )
        return [(row["type"], msgspec.json.decode(row["data"])) for row in rows]

    async def vu(self, *streams: UUID, service: str = "dossiers") -> None:
        """Wait until the views of notifications know everything that service holds of these streams."""
        async with (
            pool(self.m.acces.dsn(service, "suite"), largest=1) as la_bas,
            pool(self.m.acces.dsn("notifications", "suite"), largest=1) as ici,
        ):
            for stream in streams:
                version = await la_bas.fetchval("SELECT version FROM faits.streams WHERE stream_id = $1", stream)
                async with asyncio.timeout(10):
                    while (
                        await ici.fetchval(
                            "SELECT version FROM faits.positions WHERE lecteur = $1 AND stream_id = $2",
                            NOTIFICATIONS.lecteur,
                            stream,
                        )
                        or 0
                    ) < version:
                        await asyncio.sleep(0.02)  # fmt: skip

    async def rattraper(self) -> dict[str, Any]:
        reponse = await self.m.clients["notifications"].post(
            "/v1/echeancier/rattraper", headers=self.m.jeton(SERVICE), timeout=60
        )
        assert reponse.status_code == 200, reponse.text
        fait: dict[str, Any] = reponse.json()
        return fait

    async def passer(self, *copies: Ordonnanceur) -> None:
        """All that these copies find to do today, at the same time, whoever leads."""
        jour = horloge(self.m.settings).aujourd_hui()

        async def une(copie: Ordonnanceur) -> None:
            connection = await connect(self.m.settings.dsn("notifications", "suite"))
            try:
                while await copie.passer(connection, jour):
                    pass
            finally:
                await connection.close()

        await asyncio.gather(*(une(copie) for copie in copies))

    async def vivre(self, *jours: date) -> None:
        """Set the clock to each of these days, and wait until what is due then is done."""
        for jour in jours:
            self.m.jour(jour)
            fait = await self.rattraper()
            assert fait["a_jour"], fait

    @asynccontextmanager
    async def ordonnanceur(self, **reglages: Any) -> AsyncIterator[Ordonnanceur]:
        """A copy of the scheduler, which does nothing until it is told to; `reglages` replace the world's settings."""
        settings = self.m.settings.model_copy(update=reglages)
        async with AsyncExitStack() as stack:
            suite = await stack.enter_async_context(pool(settings.dsn("notifications", "suite"), largest=4))
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=10, limits=CONNEXIONS))
            moyens = await ouvrir(NOTIFICATIONS, settings, stack)
            services = Services(settings, client)
            yield Ordonnanceur(suite, NOTIFICATIONS.lecteur, horloge(settings), moyens.handler, services)

    @asynccontextmanager
    async def en_marche(self) -> AsyncIterator[Ordonnanceur]:
        """A copy of the scheduler at work for the time of the block."""
        async with self.ordonnanceur() as un:
            dsn = self.m.settings.dsn("notifications", "suite")
            travail = asyncio.create_task(lead_always(dsn, "echeancier:notifications", lambda c: un.mener(c, 0.01)))
            try:
                yield un
            finally:
                travail.cancel()
                await asyncio.gather(travail, return_exceptions=True)


def jours(debut: date, fin: date) -> list[date]:
    return [debut + timedelta(days=n) for n in range((fin - debut).days + 1)]


async def peupler(m: Monde) -> dict[str, UUID]:
    """The members everybody knows; answers their ids by subject."""
    natures = {organisation: nature for organisation, nature, _ in MEMBRES.values()}
    for organisation, nature in natures.items():
        inscrite = gp.inscrire("Organisation", nature, m.poste.url).laisse(DEBUT, organisation=organisation)
        await m.faits_partenaires(organisation, inscrite)
    membres = {sujet: await m.membre(sujet, *qui) for sujet, qui in MEMBRES.items()}
    for nom in m.clients:
        for sujet in MEMBRES:
            await m.attendre(sujet, "/v1/moi", service=nom)
    return membres


def plan(*financeurs: UUID, annee: int = 2026, convention: UUID = CONVENTION) -> p.PlanDeFinancementEtabli:
    lignes = (p.LigneDeFinancement(financeur, "avdl", 700_000) for financeur in financeurs)
    return gp.financer(annee, *lignes).laisse(DEBUT, convention=convention)


def activee(convention: UUID = CONVENTION, fin: date = date(2026, 12, 31), **regles: Any) -> p.ConventionActivee:
    return p.ConventionActivee(convention, DISPOSITIF, SEMIS, TREMPLIN, 30, DEBUT, fin, p.Regles(**regles), DEBUT)


def oriente(le: date, limite: date, convention: UUID = CONVENTION) -> tuple[d.Event, ...]:
    """A household spotted and oriented on `le`, to be answered until `limite`."""
    repere = replace(h.repere, menage=uuid4(), bailleur=SEMIS, le=le)
    geste = g.orienter(g.Accord(TREMPLIN, DISPOSITIF, convention), h.oriente.motifs, h.oriente.expose)
    return repere, replace(h.consenti, le=le), g.oriente(repere, geste, le, limite)


def sous_contrat(
    signature: date, fin: date, referent: UUID | None = None, convention: UUID = CONVENTION
) -> tuple[d.Event, ...]:
    """A household whose contract was signed on `signature` until `fin`, reviewed every two months."""
    avant = (replace(h.acceptee, convention=convention), h.adhere, h.entretien_tenu)
    designe = (g.designer_referent(referent).laisse(signature),) if referent else ()
    prepare = replace(h.prepare, debut=signature, fin=fin, le=signature)
    premiere = next(iter(echeances(signature, fin, 2)), None)
    constats = jours_de_constat(SousContrat(signature, fin, 2, frozenset(), premiere))
    signes = g.signatures(prepare, signature, premiere, constats)
    debut = oriente(signature, signature + timedelta(days=15), convention)
    return (*debut, *(replace(fait, le=signature) for fait in avant), *designe, prepare, *signes)
