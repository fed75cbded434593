"""The scheduler: does what falls due, in the order of the days, each thing once, however late it comes.

What is due is in the views; nothing is remembered here but how long to leave alone what did not answer. So a scheduler
that was stopped begins where the facts stand, does the oldest first, and gives the facts it would have given day by day:
they bear the day on which they became true. Of one dossier the earliest task only is tried, and the next one when what
came of it is back in the views.

One copy leads. Should two believe they do, each request bears an id made from what it is about (dossier, task, day), so
that the second finds it done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx
import msgspec
import structlog
from msgspec import Struct

from contracts.notifications import Event
from services.notifications.annonces import rappel
from services.notifications.appels import TROP_TOT, Faite, PasDeReponse, Refusee, Services
from services.notifications.chapitres.courrier import ClasserEcheance, EmettreRappel, courrier, stream_du_courrier
from services.notifications.vues.echeancier import DUS, RAPPELS
from services.socle.base.calendar import date_paris
from services.socle.base.clock import Horloge
from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.base.settings import Settings
from services.socle.delivery.leader import lead_always
from services.socle.facts.act import Acte
from services.socle.facts.append import UncertainWrite
from services.socle.facts.handle import Handler
from services.socle.facts.refusal import Refus
from services.socle.service import Atelier, Definition, ouvrir

log = structlog.get_logger()

HORLOGE = UUID("6f0b0a52-7c55-4b1e-8a53-93f6a0f4be03")
"""Who acts when the calendar does: author and organisation of this service's own facts."""

SERVICES: Mapping[str, tuple[str, str]] = {
    "expirer-orientation": ("dossiers", "/v1/dossiers/{suivi}/expirer-orientation"),
    "constater-retard": ("dossiers", "/v1/dossiers/{suivi}/constater-retard"),
    "constater-escalade": ("dossiers", "/v1/dossiers/{suivi}/constater-escalade"),
    "constater-manquee": ("dossiers", "/v1/dossiers/{suivi}/constater-manquee"),
    "activer": ("partenaires", "/v1/conventions/{suivi}/activer"),
    "echoir": ("partenaires", "/v1/conventions/{suivi}/echoir"),
}
"""Which service is asked for each task that is not a reminder of ours, and where."""

LOT, ENSEMBLE = 200, 8
"""Tasks looked up at once, and done at the same time: one per dossier."""

RETOUR = 5.0
"""Seconds a fact may take to come back into the views before its dossier is left alone for a while."""

REPOS = 10
"""Looks at the clock between two looks at the views: facts may bring something that is due at once."""

ECART = timedelta(days=1)
"""How far behind ours a service's clock may be. One that still says « too early » after that knows better than we do."""


class Due(Struct, frozen=True):
    """A task of a dossier or convention (`suivi`) that may be done since the day `le`, about the date `echeance`."""

    suivi: UUID
    tache: str
    le: date
    echeance: date

    @property
    def commande(self) -> UUID:
        return uuid5(HORLOGE, f"{self.suivi}:{self.tache}:{self.le}")


class Attente(Struct):
    """A dossier that did not answer: how often, and until when it is left alone (monotonic seconds)."""

    essais: int = 0
    jusqu_a: float = 0.0

    def encore(self) -> None:
        self.essais += 1
        self.jusqu_a = time.monotonic() + min(0.2 * 2**self.essais, 60.0)


class Ordonnanceur:
    """`passer` does what is due; `mener` goes on doing so. `lecteur` is the reader whose positions tell what came back."""

    def __init__(
        self, suite: asyncpg.Pool[Any], lecteur: str, horloge: Horloge, handler: Handler[Event], services: Services
    ) -> None:
        self._suite, self._lecteur, self._horloge = suite, lecteur, horloge
        self._handler, self._services = handler, services
        self._attentes: dict[UUID, Attente] = {}
        self._ensemble = asyncio.Semaphore(ENSEMBLE)

    async def mener(self, connection: Connection, pas: float) -> None:
        """Until cancelled, or the lead is lost. `pas`: seconds between two looks at the clock."""
        while True:
            jour = self._horloge.aujourd_hui()
            if await self.passer(connection, jour):
                continue
            for _ in range(REPOS):
                await asyncio.sleep(pas)
                if self._horloge.aujourd_hui() != jour:
                    break

    async def passer(self, connection: Connection, jour: date) -> int:
        """Try what is due since the earliest day; answers how many tasks that were."""
        dues = await self._dues(connection, jour)
        premieres = [due for due in dues if due.le == dues[0].le]
        # All are let come to their end, also when the database broke off under one of them.
        for issue in await asyncio.gather(*(self._essayer(due) for due in premieres), return_exceptions=True):
            if issue is not None:
                raise issue
        return len(premieres)

    async def _dues(self, connection: Connection, jour: date) -> Sequence[Due]:
        maintenant = time.monotonic()
        absents = [suivi for suivi, attente in self._attentes.items() if attente.jusqu_a > maintenant]
        rows = await connection.fetch(
            f"SELECT * FROM ({DUS.format(jour='$1')}) d WHERE stream_id <> ALL ($2) ORDER BY le, stream_id LIMIT $3",
            jour, absents, LOT,
        )  # fmt: skip
        return [Due(*row) for row in rows]

    async def _essayer(self, due: Due) -> None:
        async with self._ensemble:
            try:
                await self._faire(due)
            except PasDeReponse as silence:
                attente = self._attentes.setdefault(due.suivi, Attente())
                attente.encore()
                log.warning(
                    "echeance_attend", suivi=str(due.suivi), tache=due.tache, le=str(due.le), raison=str(silence),
                    essais=attente.essais,
                )  # fmt: skip
            else:
                self._attentes.pop(due.suivi, None)

    async def _faire(self, due: Due) -> None:
        """One task, to its end: done and back in the views, or known to come to nothing. Raises PasDeReponse."""
        point("echeance.due")
        if due.tache in RAPPELS:
            await self._rappeler(due)
            return
        service, chemin = SERVICES[due.tache]
        corps = {"echeance": due.echeance.isoformat()} if due.tache.startswith("constater") else {}
        match await self._services.demander(service, chemin.format(suivi=due.suivi), corps, due.commande):
            case Faite(version=version):
                point("echeance.faite")
                await self._revenu(due.suivi, version)
                if await self._attend_encore(due):
                    await self._classer(due, "deja_fait")
            case Refusee(code=code) if code in TROP_TOT and self._horloge.aujourd_hui() <= due.le + ECART:
                raise PasDeReponse(code)
            case Refusee(code=code):
                log.warning("echeance_refusee", suivi=str(due.suivi), tache=due.tache, le=str(due.le), motif=code)
                await self._classer(due, code)
        log.info("echeance", suivi=str(due.suivi), tache=due.tache, le=str(due.le))

    async def _rappeler(self, due: Due) -> None:
        async with self._suite.acquire() as connection:
            suivi = await connection.fetchrow("SELECT * FROM vues.suivis WHERE dossier = $1", due.suivi)
        if suivi is None or suivi["association"] is None:
            await self._classer(due, "sans_destinataire")
            return
        a = rappel(dict(suivi), due.tache, due.echeance)
        assert a.organisation is not None
        await self._ecrire(
            EmettreRappel(due.suivi, due.tache, due.le, due.echeance, a.organisation, a.role, a.membre), due.suivi
        )

    async def _classer(self, due: Due, raison: str) -> None:
        await self._ecrire(ClasserEcheance(due.suivi, due.tache, due.le, raison), due.suivi)

    async def _ecrire(self, command: EmettreRappel | ClasserEcheance, suivi: UUID) -> None:
        """One of our own facts, once, and back in the views. Raises PasDeReponse."""
        maintenant = self._horloge.now()
        commande = uuid5(HORLOGE, msgspec.json.encode(command).decode())
        acte = Acte(HORLOGE, HORLOGE, frozenset({"service"}), maintenant, date_paris(maintenant), commande, commande)
        order = courrier.order(stream_du_courrier(suivi), command, birth=True)
        try:
            issue = await self._handler.executer(order, acte)
        except UncertainWrite as error:
            raise PasDeReponse("ecriture_incertaine") from error
        except Refus as refus:
            raise PasDeReponse(refus.motif) from refus
        await self._revenu(issue.stream, issue.version)

    async def _revenu(self, stream: UUID, version: int) -> None:
        """Wait until the views have `version` of `stream`. Raises PasDeReponse after RETOUR seconds."""
        deadline = time.monotonic() + RETOUR
        while True:
            async with self._suite.acquire() as connection:
                seen = await connection.fetchval(
                    "SELECT version FROM faits.positions WHERE lecteur = $1 AND stream_id = $2", self._lecteur, stream
                )
            if (seen or 0) >= version:
                return
            if time.monotonic() > deadline:
                raise PasDeReponse("pas_revenu")
            await asyncio.sleep(0.01)

    async def _attend_encore(self, due: Due) -> bool:
        async with self._suite.acquire() as connection:
            found = await connection.fetchval(
                "SELECT true FROM vues.echeancier WHERE stream_id = $1 AND tache = $2 AND le = $3",
                due.suivi, due.tache, due.le,
            )  # fmt: skip
        return bool(found)


async def ordonnancer(definition: Definition[Event], atelier: Atelier) -> None:
    """Run the scheduler until cancelled; several copies may, one works."""
    settings = atelier.settings
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=10))
        services = Services(settings, client)
        moyens = await ouvrir(definition, settings, stack)
        ordonnanceur = Ordonnanceur(atelier.suite, definition.lecteur, atelier.horloge, moyens.handler, services)

        async def mener(connection: Connection) -> None:
            await ordonnanceur.mener(connection, _pas(settings))

        await lead_always(settings.dsn(definition.nom, "suite"), f"echeancier:{definition.nom}", mener)


def _pas(settings: Settings) -> float:
    """A simulated clock jumps, and whoever moved it waits."""
    return 1.0 if settings.horloge is None else 0.02
