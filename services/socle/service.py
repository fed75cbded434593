"""The two halves every service has: the API, which writes commands and reads views, and the worker behind it.

A service says in its app.py what it is (a `Definition`); here stands how any of them is put together and run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Generic
from uuid import UUID

import asyncpg
import httpx
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from msgspec import Struct
from sqlalchemy import bindparam
from typing_extensions import TypeVar

from services.socle import health as etat
from services.socle.base.clock import Horloge, horloge
from services.socle.base.database import Query, Question, Regard, Valeur, Vues, engine, pool, pool_de
from services.socle.base.settings import Settings
from services.socle.delivery import kafka
from services.socle.delivery.relay import Relay
from services.socle.facts.append import GroupCommit
from services.socle.facts.codec import Codec
from services.socle.facts.handle import Handler
from services.socle.facts.refusal import Motif
from services.socle.facts.store import Store
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from services.socle.views.follower import Follower
from services.socle.views.projector import Projector, Reaction
from services.socle.views.view import View, with_keys
from services.socle.watch import surveiller
from services.socle.web import shapes as forme
from services.socle.web.access_log import Consultations
from services.socle.web.auth import Acteur, ActeurConnu, Authentification, TrouverAcces
from services.socle.web.http import application, json
from services.socle.web.means import Moyens, moyens
from services.socle.web.messages import MOTIFS
from services.socle.web.reading import Lecture

log = structlog.get_logger()
E = TypeVar("E")
D = TypeVar("D", default=Any)

NOBODY = UUID(int=0)
ENTREE = Regard(NOBODY, NOBODY, frozenset({"acces"}))
"""How the sign-in check looks: as nobody yet, at who may come in."""


class Atelier(Struct, frozen=True):
    """What a worker's own parts (reactions, schedulers) are made with."""

    settings: Settings
    suite: asyncpg.Pool[Any]
    trousseau: Trousseau
    horloge: Horloge


class Definition(Struct, Generic[E, D], frozen=True):
    """What a service is.

    `dehors` makes what its chapters may ask of the world outside their streams; `personne(history, new)` says whom a
    stream's personal data are about. `topics` maps each Kafka topic it follows to the codec of its events; `acces` is the
    query for the active member behind (issuer, subject); `questions` are the SQL functions its views' row-level security
    calls; `reactions` and `taches` make what else its worker does.
    """

    nom: str
    titre: str
    codec: Codec[E]
    dehors: Callable[[Vues, Trousseau], D]
    personne: Callable[[Sequence[E], Sequence[E]], UUID | None]
    motifs: Mapping[str, Motif]
    routes: Sequence[APIRouter]
    acces: Callable[[Valeur, Valeur], Query]
    topics: Mapping[str, Codec[Any]]
    vues: Sequence[View]
    questions: Sequence[str] = ()
    reactions: Callable[[Atelier], Sequence[Reaction]] = lambda _: ()
    reagit_a: tuple[type, ...] = ()
    taches: Callable[[Atelier], Sequence[Callable[[], Awaitable[None]]]] = lambda _: ()

    @property
    def lecteur(self) -> str:
        """The name under which the service's views follow the topics."""
        return f"{self.nom}.vues"


def api(definition: Definition[E, D], settings: Settings) -> FastAPI:
    """The service's HTTP API; connections open when it starts and close when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.moyens = await ouvrir(definition, settings, stack)
            client = await stack.enter_async_context(httpx.AsyncClient())
            entree = await stack.enter_async_context(pool_de(ENTREE, settings.dsn(definition.nom, "api")))
            app.state.authentification = Authentification(settings.emetteurs, _qui(definition.acces, entree), client)
            yield

    return _application(definition, lifespan)


def document(definition: Definition[Any, Any]) -> dict[str, Any]:
    """The OpenAPI document of the service; nothing is connected for it."""
    return _application(definition, None).openapi()


def _application(
    definition: Definition[Any, Any], lifespan: Any
) -> FastAPI:  # Starlette's Lifespan: its parameter is no use
    async def base() -> object:
        async with app.state.moyens.engine.connect():
            return None

    app = application(definition.titre, motifs=definition.motifs, pret=[("base", base)], lifespan=lifespan)
    app.state.definition = definition
    for route in (communes, *definition.routes):
        app.include_router(route)
    return app


def temoin(definition: Definition[Any, Any]) -> FastAPI:
    """What a worker without an API shows: that it lives, and its metrics."""
    return application(f"{definition.titre} (travail)", motifs={})


communes = APIRouter(prefix="/v1")
"""What every service answers."""

MOI = forme.objet(
    membre=forme.IDENTIFIANT, organisation=forme.IDENTIFIANT, nature=forme.TEXTE, roles=forme.liste(forme.TEXTE)
)


@communes.get("/moi", tags=["vues"], responses=forme.repond(MOI))
async def moi(acteur: ActeurConnu) -> Response:
    """Qui vous êtes ici : votre organisation, vos rôles."""
    return json(
        {
            "membre": acteur.membre,
            "organisation": acteur.organisation,
            "nature": acteur.nature,
            "roles": sorted(acteur.roles),
        }
    )


@communes.get("/etat", tags=["vues"], responses=forme.repond(etat.FORME))
async def l_etat(request: Request, acteur: ActeurConnu) -> Response:
    """L'état du service, pour l'exploitant : qui attend et derrière quoi, jamais un dossier."""
    acteur.exiger("exploitant")
    les, definition = await moyens(request), request.app.state.definition
    [base] = await les.lecture.toutes(acteur, etat.base())
    dit = await les.lecture.une(acteur, etat.dernier(definition.lecteur))
    return json(etat.presenter(definition.nom, base["postgres"], dit))


async def ouvrir(definition: Definition[E, D], settings: Settings, stack: AsyncExitStack) -> Moyens[E, D]:
    """Open what the command and query sides of the service work with; `stack` closes it."""
    nom = definition.nom
    ajout = await stack.enter_async_context(pool(settings.dsn(nom, "ajout"), largest=8))
    cles = await stack.enter_async_context(pool(settings.dsn(nom, "cles"), largest=4))
    questions = await stack.enter_async_context(pool(settings.dsn(nom, "api"), largest=4))
    vues = engine(settings.dsn(nom, "api"))
    stack.push_async_callback(vues.dispose)
    trousseau = Trousseau(cles, CoffreFichier(settings.cle_maitre), nom)
    appender = await stack.enter_async_context(GroupCommit(ajout))
    return Moyens(
        handler=Handler(Store(ajout, definition.codec), appender, trousseau, definition.personne),
        dehors=definition.dehors(Vues(vues, questions), trousseau),
        lecture=Lecture(vues, trousseau, definition.lecteur),
        trousseau=trousseau,
        horloge=horloge(settings),
        engine=vues,
        consultations=Consultations(ajout),
        motifs={**MOTIFS, **definition.motifs},
    )


def _qui(acces: Callable[[Valeur, Valeur], Query], entree: asyncpg.Pool[Any]) -> TrouverAcces:
    question = Question(acces(bindparam("emetteur"), bindparam("sujet")).limit(1))

    async def trouver(emetteur: str, sujet: str) -> Acteur | None:
        found = await question.rows(entree, emetteur=emetteur, sujet=sujet)
        if not found or not found[0]["roles"]:
            return None  # nobody, or somebody who may do nothing: no access either way
        row = found[0]
        return Acteur(row["organisation"], row["membre"], frozenset(row["roles"]), row["nature"])

    return trouver


@asynccontextmanager
async def ouvrir_atelier(definition: Definition[E, D], settings: Settings) -> AsyncIterator[Atelier]:
    """What the service's worker works with, and an operator who does a part of its work by hand."""
    async with (
        pool(settings.dsn(definition.nom, "suite"), largest=6) as suite,
        pool(settings.dsn(definition.nom, "cles"), largest=2) as cles,
    ):
        trousseau = Trousseau(cles, CoffreFichier(settings.cle_maitre), definition.nom)
        yield Atelier(settings, suite, trousseau, horloge(settings))


def projecteur(definition: Definition[E, D], atelier: Atelier) -> Projector:
    """What keeps the service's views, reactions included: a parked fact that is replayed has not had its own yet."""
    return Projector(
        definition.lecteur,
        atelier.suite,
        definition.topics,
        with_keys(definition.vues, atelier.trousseau),
        definition.reactions(atelier),
        definition.reagit_a,
    )


async def travailler(definition: Definition[E, D], settings: Settings) -> None:
    """Relay the service's facts, keep its views, and do what else it has to, until cancelled."""
    nom = definition.nom
    relay = Relay(nom, settings.dsn(nom, "suite"), nom, lambda: kafka.client(settings))
    async with ouvrir_atelier(definition, settings) as atelier, asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run())
        tasks.create_task(suivre(projecteur(definition, atelier), settings))
        tasks.create_task(surveiller(nom, definition.lecteur, atelier.suite, siens=nom in definition.topics))
        for tache in definition.taches(atelier):
            tasks.create_task(_run(tache))


async def _run(tache: Callable[[], Awaitable[None]]) -> None:
    await tache()


async def suivre(projector: Projector, settings: Settings) -> None:
    """Keep the projector subscribed; a broker that is not there yet is waited for."""
    await Follower(projector).run(lambda: kafka.broker(settings))
