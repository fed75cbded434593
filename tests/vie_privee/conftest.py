"""A real deployment in processes of its own, its data in one folder, and two households erased in it, each side first once.

Everything the deployment writes is below that folder: PostgreSQL's files and log, Kafka's where it is Apache's, the
services' logs at their most talkative.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID
from zlib import crc32

import asyncpg
import httpx
import pytest
from msgspec import Struct

from deploy.catalogue import SERVICES
from deploy.machine.comptes import CONNEXIONS
from deploy.machine.local import Demande, Local, local
from deploy.moteurs import kafka_apache
from services.partenaires.amorce import Installee
from services.socle.base.clock import regler
from tests.frontieres.exploration import Vue, tout_lire
from tests.frontieres.recit import Recit, effacer, raconter
from tests.frontieres.terrain import Terrain
from tests.monde import DEBUT, SERVICE, Monde
from tests.partenaires.reseau import Reseau, convenir
from tests.vie_privee import fouille

PUBLIC = "Marque.publique"
"""A name that may be read by all who work together: what shows that looking for a mark finds it."""


class Lieu:
    """A deployment as a story needs it (tests.frontieres.terrain.Lieu)."""

    def __init__(self, ici: Local, clients: Mapping[str, httpx.AsyncClient]) -> None:
        self._ici, self.clients = ici, clients

    def jeton(self, sujet: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._ici.poste.emetteur.jeton(sujet)}"}

    def jour(self, le: date) -> None:
        assert self._ici.settings.horloge is not None
        regler(self._ici.settings.horloge, datetime(le.year, le.month, le.day, 11, tzinfo=UTC))


class Trouve(Struct, frozen=True):
    """Where any of the marks of a household stood in clear at one moment, and what every account then read."""

    fichiers: Mapping[str, set[str]]
    tables: Mapping[str, set[str]]
    sujets: Mapping[str, set[str]]
    lus: Mapping[str, list[Vue]]


class Deploiement(Struct, frozen=True):
    """`dsn_admin`: PostgreSQL's administrator. `apache`: whether Kafka's files are below `racine` too."""

    racine: Path
    ici: Local
    terrain: Terrain
    poses: Mapping[str, str]
    dsn_admin: str
    apache: bool

    def recit(self, graine: str) -> Recit:
        """A story whose every mark is its own, the birth date too: the households live in one deployment."""
        return Recit(
            self.terrain,
            self.terrain.roles("semis", "tremplin17"),
            graine,
            self.terrain.organisations["tremplin17"],
            self.poses["convention.semis"],
            self.poses["dispositif.semis"],
            naissance=f"{date(1950, 1, 1) + timedelta(days=crc32(graine.encode()) % 18_000)}",
        )

    async def fouiller(self, recit: Recit, sauf: Sequence[str] = ()) -> Trouve:
        """Look for what was written in the story, everywhere; every account asks every service but those named."""
        await self.terrain.calme()
        cherches = [*communs(recit), PUBLIC]
        admin = await asyncpg.connect(self.dsn_admin)
        await admin.execute("CHECKPOINT")  # what is only in memory is written down first
        await admin.close()
        ids = {
            "dossier": [recit.dossier],
            "convention": [recit.convention],
            "dispositif": [recit.dispositif],
            "organisation": list(self.terrain.organisations.values()),
            "referent": [self.terrain.membres[recit.roles.referent]],
        }
        return Trouve(
            fouille.fichiers(self.racine, cherches),
            await fouille.tables(self.dsn_admin, cherches),
            await fouille.sujets(self.ici.kafka, cherches),
            {compte: await tout_lire(self.terrain, compte, ids, sauf) for compte in (*self.ici.comptes, SERVICE)},
        )

    async def lire(self, sujet: str, chemin: str) -> httpx.Response:
        return await self.terrain.lire(sujet, "dossiers", chemin)


def communs(recit: Recit) -> list[str]:
    """What is in all of them: two texts to look for instead of forty."""
    cherches = [recit.graine, recit.marques["naissance"].strip('"')]
    assert all(any(commun in text for commun in cherches) for text in textes(recit))
    return cherches


def textes(recit: Recit) -> list[str]:
    """What identifies somebody: every text typed, and the birth date."""
    return [m.strip('"') for nom, m in recit.marques.items() if recit.graine in m or nom == "naissance"]


@pytest.fixture(scope="package")
def racine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    dossier = tmp_path_factory.mktemp("deploiement")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILLAGE_NIVEAU", "debug")
        yield dossier


@pytest.fixture(scope="package")
async def deploiement(racine: Path, processus: None) -> AsyncIterator[Deploiement]:
    apache = kafka_apache.disponible()
    async with AsyncExitStack() as stack:
        demande = Demande("apache" if apache else "embarque", racine, DEBUT)
        ici = await stack.enter_async_context(local(demande, lambda _: None))
        clients = {
            nom: await stack.enter_async_context(
                httpx.AsyncClient(base_url=ici.urls[nom], timeout=60, limits=CONNEXIONS)
            )
            for nom in SERVICES
        }
        terrain = _terrain(ici, Lieu(ici, clients))
        poses = await _convenir(terrain)
        await terrain.calme()
        mot_de_passe = (racine / "postgres" / "superutilisateur").read_text()
        serveur = urlsplit(ici.settings.postgres).netloc
        dsn = f"postgresql://postgres:{mot_de_passe}@{serveur}/postgres"
        yield Deploiement(racine, ici, terrain, poses, dsn, apache)


def _terrain(ici: Local, lieu: Lieu) -> Terrain:
    organisations = {nom.split(".")[0]: str(compte.organisation) for nom, compte in ici.comptes.items()}
    membres = {nom: str(compte.membre) for nom, compte in ici.comptes.items()}
    return Terrain(lieu, ici.settings.dsn, organisations, membres, SERVICE)


async def _convenir(terrain: Terrain) -> dict[str, str]:
    """The first network's convention, made through the API; and a dispositif with a name to be found."""
    personne = Installee(UUID(int=0), UUID(int=0))
    reseau = Reseau(cast(Monde, terrain.lieu), personne, dict(terrain.organisations), dict(terrain.membres))
    await convenir(reseau, "semis", "tremplin17", "etat")
    corps: dict[str, Any] = {"nom": PUBLIC, "publics": ["sans_domicile"], "themes": ["vivre_ensemble"]}
    await reseau.faire("semis.responsable", "dispositifs/ouvrir", corps)
    return reseau.poses


class Effacement(Struct, frozen=True):
    """One household: what was found before anything was erased, after one side did, after both."""

    recit: Recit
    premier: str
    second: str
    avant: Trouve
    entre: Trouve
    apres: Trouve


@pytest.fixture(scope="package", params=["bailleur", "association"])
async def effacement(deploiement: Deploiement, request: pytest.FixtureRequest) -> Effacement:
    """The whole story, then each side erases its own copy; `request.param` says which side first."""
    recit = deploiement.recit(f"efface-{request.param}")

    async def rien(recit: Recit, moment: str) -> None:
        return None

    await raconter(recit, rien)
    avant = await deploiement.fouiller(recit, ["partenaires"])
    cotes = [recit.roles.responsable, recit.roles.coordinateur]
    premier, second = cotes if request.param == "bailleur" else cotes[::-1]
    await effacer(recit, premier)
    entre = await deploiement.fouiller(recit, ["partenaires"])
    await effacer(recit, second)
    return Effacement(recit, premier, second, avant, entre, await deploiement.fouiller(recit))
