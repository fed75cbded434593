"""The pages on the real services, and two networks of organisations to look from."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from fastapi import FastAPI
from msgspec import Struct

from deploy.machine.fournisseur import CompteAffiche
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces, preparer, supprimer
from deploy.serveur import prise_libre, servir
from deploy.statiques import construire
from services.dossiers.app import SERVICE as DOSSIERS
from services.partenaires.app import SERVICE as PARTENAIRES
from services.portail import app as portail
from services.socle.base.settings import Settings
from tests.infra import Postgres, moteur_kafka, nouveau_kafka
from tests.monde import Monde, monde
from tests.notifications.scene import SANS_TACHES as NOTIFICATIONS
from tests.partenaires.reseau import MEMBRES, Reseau, convenir, installer
from tests.portail.navigateur import Navigateur


class Lieu(Struct, frozen=True):
    """`adresse`: the pages'. `conventions`: landlord → its convention."""

    monde: Monde
    reseau: Reseau
    app: FastAPI
    settings: Settings
    adresse: str
    conventions: dict[str, str]


Ouvrir: TypeAlias = Callable[[], Navigateur]


@pytest.fixture(scope="package")
def courtier() -> Iterator[Kafka]:
    """A broker of this folder alone: every deployment's first organisation has the same id."""
    broker = nouveau_kafka(moteur_kafka())
    yield broker
    broker.fermer()


@pytest.fixture(scope="package")
def acces(postgres: Postgres, secrets_roles: Path) -> Iterator[Acces]:
    """Databases of this folder alone."""
    found = asyncio.run(preparer(postgres.dsn_admin, secrets_roles, prefixe="pages_"))
    yield found
    asyncio.run(supprimer(postgres.dsn_admin, found))


@pytest.fixture(scope="package")
async def lieu(acces: Acces, courtier: Kafka, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lieu]:
    """SEMIS, Tremplin 17 and the State; three others that share nothing with them; and the pages."""
    construire()
    dossier = tmp_path_factory.mktemp("monde")
    async with AsyncExitStack() as stack:
        m = await stack.enter_async_context(
            monde(acces, courtier.bootstrap, dossier, [PARTENAIRES, DOSSIERS, NOTIFICATIONS])
        )
        reseau = await installer(m)
        conventions = {
            "semis": await convenir(reseau, "semis", "tremplin17", "etat"),
            "autre-bailleur": await convenir(reseau, "autre-bailleur", "autre-association", "autre-financeur"),
        }
        for bailleur, convention in conventions.items():
            await m.attendre(f"{bailleur}.agent", f"/v1/conventions/{convention}/places")
        m.poste.comptes = [
            CompteAffiche(f"{nom}.{compte}", nom, role)
            for nom, (_, comptes) in MEMBRES.items()
            for compte, role in comptes.items()
        ]
        m.poste.comptes.append(CompteAffiche("exploitant", "Maillage", "exploitant"))
        prise = prise_libre()
        adresse = f"http://127.0.0.1:{prise.getsockname()[1]}"
        settings = m.settings.model_copy(update={"url_portail": adresse, "connexions": (m.poste.connexion,)})
        app = portail.application(settings)
        await stack.enter_async_context(servir(app, prise))
        travail = asyncio.create_task(portail.travailler(settings))
        stack.push_async_callback(_arreter, travail)
        yield Lieu(m, reseau, app, settings, adresse, conventions)


@asynccontextmanager
async def pages(lieu: Lieu, **reglages: str | None) -> AsyncIterator[str]:
    """The same pages once more, with other settings; answers their address."""
    prise = prise_libre()
    adresse = f"http://127.0.0.1:{prise.getsockname()[1]}"
    settings = lieu.settings.model_copy(update={"url_portail": adresse, **reglages})
    async with servir(portail.application(settings), prise):
        yield adresse


async def _arreter(travail: asyncio.Task[None]) -> None:
    travail.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await travail


@pytest.fixture
async def navigateur(lieu: Lieu) -> AsyncIterator[Navigateur]:
    """A browser on the front page, nobody signed in."""
    async with Navigateur(lieu.adresse) as n:
        yield n


@pytest.fixture
async def ouvrir(lieu: Lieu) -> AsyncIterator[Ouvrir]:
    """Further browsers."""
    async with AsyncExitStack() as stack:
        faits: list[Navigateur] = []

        def un() -> Navigateur:
            faits.append(Navigateur(lieu.adresse))
            stack.push_async_callback(faits[-1].__aexit__)
            return faits[-1]

        yield un
