"""What goes on behind the pages: drafts disappear with their household's data, and with time; ended sessions go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import asyncpg
import structlog

from contracts import dossiers
from services.portail.session import RECONNUE
from services.socle.base.database import Connection, pool
from services.socle.base.recorded import Recorded
from services.socle.base.settings import Settings
from services.socle.facts.codec import Codec
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from services.socle.service import suivre
from services.socle.views.projector import Projector
from services.socle.watch import surveiller

log = structlog.get_logger()

LECTEUR = "portail.effacements"
OUBLI = timedelta(days=60)
"""How long a draft nobody touches is kept."""
_TOUTES_LES = 600


class Effaceur:
    """Destroys the drafts' key, then the drafts, of whoever was erased: until it succeeds, the batch does not commit."""

    def __init__(self, trousseau: Trousseau) -> None:
        self._trousseau = trousseau

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        for fait in faits:
            if isinstance(fait.event, dossiers.DonneesEffacees):
                menage, organisation = fait.event.menage, fait.event.organisation
                await self._trousseau.detruire(menage, organisation)
                await connection.execute(
                    "DELETE FROM portail.brouillons WHERE menage = $1 AND organisation = $2", menage, organisation
                )


async def travailler(settings: Settings, nom: str = "portail") -> None:
    """Follow the erasures and tidy up, until cancelled."""
    async with AsyncExitStack() as stack:
        suite = await stack.enter_async_context(pool(settings.dsn(nom, "suite"), largest=3))
        cles = await stack.enter_async_context(pool(settings.dsn(nom, "cles"), largest=1))
        trousseau = Trousseau(cles, CoffreFichier(settings.cle_maitre), nom)
        topics = {"dossiers": Codec[Any](dossiers.Event)}
        projector = Projector(LECTEUR, suite, topics, (), [Effaceur(trousseau)], (dossiers.DonneesEffacees,))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(suivre(projector, settings))
            tasks.create_task(surveiller(nom, LECTEUR, suite))
            tasks.create_task(_ranger_sans_fin(suite))


async def _ranger_sans_fin(suite: asyncpg.Pool[Any]) -> None:
    while True:
        try:
            await ranger(suite)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("rangement_remis", erreur=type(error).__name__)
        await asyncio.sleep(_TOUTES_LES)


async def ranger(suite: asyncpg.Pool[Any]) -> None:
    """Delete what is too old."""
    async with suite.acquire() as connection:
        await connection.execute("DELETE FROM portail.sessions WHERE ouverte_le < now() - $1::interval", RECONNUE)
        await connection.execute("DELETE FROM portail.brouillons WHERE modifie_le < now() - $1::interval", OUBLI)
