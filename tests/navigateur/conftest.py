"""Chromium on a deployment of its own, after the demonstration's year: the richest pages there are.

Locally these tests skip without Chromium; in CI they fail instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec import Struct
from playwright.async_api import Browser

from captures.chromium import chromium, executable, fenetre
from captures.decor import Scene, dresser
from captures.exploration import Visiteur, Vue, parcourir
from deploy.catalogue import PORTAIL
from deploy.demonstration import s1
from deploy.demonstration.menages import DEBUT
from deploy.machine.comptes import Api
from deploy.machine.local import Demande, Local, local
from tests.navigateur.acteur import Acteur, Maniere
from tests.navigateur.marques import AUTRES, Marque, planter

AUTRE_RESEAU = tuple(
    f"autre-{compte}"
    for compte in ("bailleur.agent", "association.coordinateur", "association.referent", "financeur.analyste")
)
ICI = Path(__file__).parent
PAR_GENRE = 8
"""How many pages of one kind each account reads."""


class Lieu(Struct, frozen=True):
    """`scene`: SEMIS and Tremplin 17 under a second convention, with a household awaiting each gesture."""

    ici: Local
    api: Api
    scene: Scene
    visiteurs: dict[str, Visiteur] = {}

    @property
    def adresse(self) -> str:
        return self.ici.urls[PORTAIL]

    async def visiteur(self, compte: str) -> Visiteur:
        """The account's session, opened once."""
        if compte not in self.visiteurs:
            neuf = Visiteur(self.adresse, compte)
            await neuf.entrer()
            self.visiteurs[compte] = neuf
        return self.visiteurs[compte]


Asseoir = Callable[[str, Maniere], Awaitable[Acteur]]
"""Somebody signed in, in a browser of their own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that asks for the deployment waits for the year to be played."""
    for item in items:
        if item.path.parent == ICI:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="package")
async def navigateur() -> AsyncIterator[Browser]:
    if executable() is None:
        raison = "Chromium est absent : apt-get install chromium fonts-dejavu"
        if os.environ.get("CI") == "true":
            pytest.fail(raison, pytrace=False)
        pytest.skip(raison)
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
async def lieu(navigateur: Browser) -> AsyncIterator[Lieu]:
    async with AsyncExitStack() as stack:
        ici = await stack.enter_async_context(local(Demande(horloge=DEBUT), lambda _: None))
        await s1.jouer(ici, lambda _: None)
        api = await stack.enter_async_context(Api(ici.urls, ici.poste))
        lieu = Lieu(ici, api, await dresser(ici, api))
        yield lieu
        for visiteur in lieu.visiteurs.values():
            await visiteur.__aexit__()


class Plantation(Struct, frozen=True):
    """`avant`, `apres`: what the other network's accounts read, before and after the first network got its households."""

    marques: Sequence[Marque]
    dossiers: Sequence[str]
    avant: dict[str, str]
    apres: dict[str, str]


@pytest.fixture(scope="package")
async def plantation(lieu: Lieu) -> Plantation:
    """Households whose every text is a mark, in both networks."""
    ailleurs = Scene(lieu.ici, lieu.api, AUTRES, "Dispositif d'ailleurs")
    await ailleurs.ouvrir()
    marques, dossiers = await planter(ailleurs, "ailleurs")
    avant = await _textes(lieu)
    marques_d_ici, dossiers_d_ici = await planter(lieu.scene, "ici")
    return Plantation([*marques, *marques_d_ici], [*dossiers, *dossiers_d_ici], avant, await _textes(lieu))


async def _textes(lieu: Lieu) -> dict[str, str]:
    """Everything the other network's accounts read, but for the journal of this very reading."""
    vues = [
        vue
        for compte in AUTRE_RESEAU
        for vue in await parcourir(await lieu.visiteur(compte), par_genre=PAR_GENRE, brouillons=0)
    ]
    return {
        f"{v.compte} {sans_id(v.adresse)}": sans_id(v.feuille.texte) for v in vues if "consultations" not in v.adresse
    }


def sans_id(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "", text)


@pytest.fixture(scope="package")
async def vues(lieu: Lieu, plantation: Plantation) -> list[Vue]:
    """The pages that every account is led to, and the planted households' for whoever may see them."""
    depart = ["/", *(f"/dossiers/{dossier}" for dossier in plantation.dossiers)]
    return [
        vue
        for compte in lieu.ici.comptes
        for vue in await parcourir(await lieu.visiteur(compte), depart, PAR_GENRE)
        if vue.statut != 404 or vue.depuis
    ]


@pytest.fixture
async def asseoir(navigateur: Browser, lieu: Lieu) -> AsyncIterator[Asseoir]:
    async with AsyncExitStack() as stack:

        async def un(compte: str, maniere: Maniere = Maniere.SOURIS) -> Acteur:
            scripts = maniere is not Maniere.SANS_JAVASCRIPT
            page = await stack.enter_async_context(fenetre(navigateur, scripts=scripts))
            acteur = Acteur(page, lieu.adresse, maniere)
            await acteur.se_connecter(compte)
            return acteur

        yield un
