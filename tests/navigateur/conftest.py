"""Chromium on a deployment of its own, after the demonstration's year: the richest pages there are.

Locally these tests skip without Chromium; in CI they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from msgspec import Struct
from playwright.async_api import Browser

from deploy.captures.chromium import chromium, executable, fenetre
from deploy.captures.decor import Scene, dresser
from deploy.captures.exploration import Visiteur
from deploy.catalogue import PORTAIL
from deploy.comptes import Api
from deploy.jeu import s1
from deploy.jeu.menages import DEBUT
from deploy.local import Demande, Local, local
from tests.navigateur.acteur import Acteur, Maniere


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
