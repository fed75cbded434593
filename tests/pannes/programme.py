"""The dossiers service as two real processes, which may be told where to die; and people who go on working meanwhile."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from deploy.local import environnement
from deploy.moteurs.processus import Processus, port_libre
from services.socle.settings import Settings
from tests.monde import Monde

RACINE = Path(__file__).parents[2]


class Programme:
    """`maillage servir dossiers` as two processes, `api` and `travail`, on the world's databases and broker."""

    def __init__(self, settings: Settings, dossier: Path) -> None:
        self._settings, self._dossier = settings, dossier
        self.port = port_libre()
        self._processus: dict[str, Processus] = {}

    def lancer(self, partie: str, point: str = "") -> None:
        """Start a part; with `point` (name, or name:rank) it will kill itself there."""
        port = self.port if partie == "api" else port_libre()
        self._processus[partie] = Processus(
            [sys.executable, "-m", "deploy.cli", "servir", "dossiers", "--partie", partie, "--port", str(port)],
            self._dossier / f"{partie}.log",
            dossier=RACINE,
            env={**os.environ, **environnement(self._settings), "MAILLAGE_POINT": point},
        )

    async def mort(self, partie: str, delai: float = 90.0) -> None:
        """Until the part has died. Raises AssertionError when it lives on: its point was never reached."""
        processus = self._processus[partie]
        async with asyncio.timeout(delai):
            while processus.vivant:
                await asyncio.sleep(0.02)

    def fermer(self) -> None:
        for processus in self._processus.values():
            processus.arreter()


class Acceptee(Struct, frozen=True):
    """A command somebody was told had taken effect."""

    commande: UUID
    quoi: str
    stream: UUID
    version: int


class Equipe:
    """People at work: whatever breaks, they send the same command again until they are answered."""

    def __init__(
        self, monde: Monde, programme: Programme, convention: UUID, dispositif: UUID, association: UUID
    ) -> None:
        self._monde, self._url = monde, f"http://127.0.0.1:{programme.port}"
        self._convention, self._dispositif, self._association = convention, dispositif, association
        self._client = httpx.AsyncClient(timeout=5)
        self.acceptees: list[Acceptee] = []
        self.effaces: list[UUID] = []
        self.suivis: list[UUID] = []
        self.fini = asyncio.Event()

    async def demander(self, sujet: str, chemin: str, quoi: str, corps: dict[str, Any] | None = None) -> UUID:
        commande = uuid4()
        headers = {**self._monde.jeton(sujet), "Idempotency-Key": str(commande)}
        while True:
            try:
                reponse = await self._client.post(f"{self._url}/v1{chemin}", json=corps or {}, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
                continue
            if reponse.status_code >= 500 or reponse.json().get("code") == "jeton_sans_acces":
                await asyncio.sleep(0.05)  # stopping, or not yet told who works here
                continue
            assert reponse.status_code < 300, f"{chemin}: {reponse.text}"
            effet = reponse.json()
            self.acceptees.append(Acceptee(commande, quoi, UUID(effet["id"]), effet["version"]))
            return UUID(effet["id"])

    async def reperer(self) -> tuple[UUID, UUID]:
        """A dossier, and its household."""
        menage = uuid4()
        corps = {
            "menage": str(menage),
            "identite": {"nom": "Exemple", "prenom": "Camille"},
            "composition": {"adultes": 1, "enfants": 0, "type_menage": "personne_seule", "tranche_age": "25-39"},
            "logement": {"commune": "17415", "qpv": False},
            "publics": ["locataire_en_difficulte"],
        }
        return await self.demander("agent", "/dossiers/reperer", "MenageRepere", corps), menage

    async def suivre(self) -> None:
        """One household, from the landlord to the association."""
        dossier, _ = await self.reperer()
        chemin = f"/dossiers/{dossier}"
        accord = {"finalite": "transmission", "support": "rendez_vous_bureau"}
        await self.demander("agent", f"{chemin}/recueillir-consentement", "ConsentementRecueilli", accord)
        orienter = {
            "association": str(self._association),
            "dispositif": str(self._dispositif),
            "convention": str(self._convention),
            "motifs": ["vivre_ensemble"],
        }
        await self.demander("agent", f"{chemin}/orienter", "MenageOriente", orienter)
        await self.demander("coordinateur", f"{chemin}/accepter-orientation", "OrientationAcceptee")
        self.suivis.append(dossier)

    async def oublier(self) -> None:
        """A household that goes no further, and asks to be forgotten."""
        dossier, menage = await self.reperer()
        fin = {"motif": "demande_menage", "situation": "maintien_logement"}
        await self.demander("agent", f"/dossiers/{dossier}/clore", "DossierClos", fin)
        await self.demander("responsable", f"/dossiers/{dossier}/effacer-donnees", "DonneesEffacees")
        self.effaces.append(menage)

    async def noter(self, hasard: random.Random) -> None:
        note = {"note": str(uuid4()), "niveau": "equipe", "texte": "Venu au bureau."}
        await self.demander("referent", f"/dossiers/{hasard.choice(self.suivis)}/deposer-note", "NoteDeposee", note)

    async def travailler(self, graine: int) -> None:
        """Until told to stop: mostly notes, sometimes a new household, sometimes one to forget."""
        hasard = random.Random(graine)
        while not self.fini.is_set():
            match hasard.random():
                case x if x < 0.1:
                    await self.suivre()
                case x if x < 0.25:
                    await self.oublier()
                case _:
                    await self.noter(hasard)
            await asyncio.sleep(0.01)
