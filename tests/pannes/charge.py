"""People at work while processes die: each command is sent again under its number until it is answered, and remembered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from jeu import dossiers as g
from jeu.gens import camille
from jeu.geste import Geste
from tests.monde import Monde

BAILLEUR, ASSOCIATION, CONVENTION, DISPOSITIF = (UUID(int=n) for n in (0x5E, 0x71, 0xC0, 0xD1))

MEMBRES = (
    ("agent", BAILLEUR, "bailleur", "agent"),
    ("responsable", BAILLEUR, "bailleur", "responsable"),
    ("coordinateur", ASSOCIATION, "association", "coordinateur"),
)


class Acquise(Struct, frozen=True):
    """A command that was answered: `faits` is how many facts it must have left, in all streams together."""

    commande: UUID
    organisation: UUID
    stream: UUID
    version: int
    faits: int


class Charge:
    """`acquises`: what was answered; `effaces`: the households whose landlord destroyed its copy."""

    def __init__(self, monde: Monde) -> None:
        self._monde = monde
        self.acquises: list[Acquise] = []
        self.effaces: set[UUID] = set()
        self.renvois = 0
        self._fini = asyncio.Event()
        self._menages = 0

    async def durer(self, combien: int = 4) -> None:
        """Until `finir`; every household begun is brought to its end."""
        await asyncio.gather(*(self._travailler() for _ in range(combien)))

    def finir(self) -> None:
        self._fini.set()

    async def _travailler(self) -> None:
        while not self._fini.is_set():
            self._menages += 1
            await (self._effacer() if self._menages % 3 == 0 else self._accepter())

    async def reperer(self, acteur: str = "agent") -> tuple[UUID, UUID]:
        """A new household's dossier; answers (household, dossier)."""
        menage = uuid4()
        identite = camille(f"Exemple {menage.hex[:8]}", naissance="1990-02-28")
        return menage, await self.obtenir(acteur, g.reperer(menage, identite))

    async def orienter(self) -> UUID:
        """A household as the landlord sends it to the association."""
        _, dossier = await self.reperer()
        await self.obtenir("agent", g.recueillir_consentement(), dossier)
        accord = g.Accord(ASSOCIATION, DISPOSITIF, CONVENTION)
        await self.obtenir("agent", g.orienter(accord, ["vivre_ensemble"], ""), dossier)
        return dossier

    async def _accepter(self) -> None:
        dossier = await self.orienter()
        await self.obtenir("coordinateur", g.accepter(), dossier, faits=2)

    async def _effacer(self) -> None:
        menage, dossier = await self.reperer("responsable")
        await self.obtenir("responsable", g.effacer_donnees(), dossier)
        self.effaces.add(menage)

    async def obtenir(self, acteur: str, geste: Geste[Any], dossier: UUID | None = None, faits: int = 1) -> UUID:
        """Ask until it is answered; answers the stream."""
        commande, chemin = uuid4(), f"/v1{geste.chemin(dossier)}"
        reponse = None
        while reponse is None or reponse.status_code >= 500:
            with suppress(httpx.HTTPError):
                reponse = await self._monde.poster(acteur, chemin, geste.corps, **{"Idempotency-Key": str(commande)})
                if reponse.status_code < 500:
                    break
            self.renvois += 1
            await asyncio.sleep(0.05)
        assert reponse.status_code < 300, f"{chemin}: {reponse.status_code} {reponse.text}"
        dit = reponse.json()
        organisation = ASSOCIATION if acteur == "coordinateur" else BAILLEUR
        self.acquises.append(Acquise(commande, organisation, UUID(dit["id"]), dit["version"], faits))
        return UUID(dit["id"])
