"""People at work while processes die: each command is sent again under its number until it is answered, and remembered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

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
        corps = {
            "menage": str(menage),
            "identite": {"nom": f"Exemple {menage.hex[:8]}", "prenom": "Camille", "naissance": "1990-02-28"},
            "composition": {"adultes": 1, "enfants": 2, "type_menage": "famille_monoparentale", "tranche_age": "25-39"},
            "logement": {"commune": "17415", "qpv": True},
            "publics": ["locataire_en_difficulte"],
        }
        return menage, await self.obtenir(acteur, "/v1/dossiers/reperer", corps)

    async def orienter(self) -> UUID:
        """A household as the landlord sends it to the association."""
        _, dossier = await self.reperer()
        accord = {"finalite": "transmission", "support": "rendez_vous_bureau"}
        await self.obtenir("agent", f"/v1/dossiers/{dossier}/recueillir-consentement", accord)
        corps = {
            "association": str(ASSOCIATION), "dispositif": str(DISPOSITIF), "convention": str(CONVENTION),
            "motifs": ["vivre_ensemble"],
        }  # fmt: skip
        await self.obtenir("agent", f"/v1/dossiers/{dossier}/orienter", corps)
        return dossier

    async def _accepter(self) -> None:
        dossier = await self.orienter()
        await self.obtenir("coordinateur", f"/v1/dossiers/{dossier}/accepter-orientation", {}, faits=2)

    async def _effacer(self) -> None:
        menage, dossier = await self.reperer("responsable")
        await self.obtenir("responsable", f"/v1/dossiers/{dossier}/effacer-donnees", {})
        self.effaces.add(menage)

    async def obtenir(self, acteur: str, chemin: str, corps: Any, faits: int = 1) -> UUID:
        """Ask until it is answered; answers the stream."""
        commande = uuid4()
        reponse = None
        while reponse is None or reponse.status_code >= 500:
            with suppress(httpx.HTTPError):
                reponse = await self._monde.poster(acteur, chemin, corps, **{"Idempotency-Key": str(commande)})
                if reponse.status_code < 500:
                    break
            self.renvois += 1
            await asyncio.sleep(0.05)
        assert reponse.status_code < 300, f"{chemin}: {reponse.status_code} {reponse.text}"
        dit = reponse.json()
        organisation = ASSOCIATION if acteur == "coordinateur" else BAILLEUR
        self.acquises.append(Acquise(commande, organisation, UUID(dit["id"]), dit["version"], faits))
        return UUID(dit["id"])
