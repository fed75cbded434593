"""The machine's own Chromium, driven by Playwright: nothing is downloaded, and it speaks to this machine only."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from captures.exploration import Visiteur
from deploy.terminal import Impossible

NOMS = ("chromium", "chromium-browser", "google-chrome")
"""What the browser is called, by Debian first."""

SOBRE = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
"""It asks its maker for nothing while it works here."""

TELEPHONE, ORDINATEUR = 390, 1280
"""Widths in CSS pixels."""


def executable() -> str | None:
    """Where Chromium is, if it is."""
    return next(filter(None, map(shutil.which, NOMS)), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a window. Raises Impossible where there is none."""
    chemin = executable()
    if chemin is None:
        raise Impossible("Chromium est absent : sous Debian ou Ubuntu, installez le paquet chromium (et fonts-dejavu).")
    racine = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to be root otherwise
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chemin, args=[*SOBRE, *racine])
        yield browser
        await browser.close()


@asynccontextmanager
async def fenetre(
    browser: Browser,
    visiteur: Visiteur | None = None,
    largeur: int = ORDINATEUR,
    scripts: bool = True,
    sombre: bool = False,
) -> AsyncIterator[Page]:
    """A window of its own, signed in as `visiteur` is. `scripts`: whether JavaScript works in it."""
    async with await browser.new_context(
        viewport=ViewportSize(width=largeur, height=900),
        locale="fr-FR",
        timezone_id="Europe/Paris",
        java_script_enabled=scripts,
        color_scheme="dark" if sombre else "light",
        reduced_motion="reduce",
    ) as context:
        context.set_default_timeout(15_000)
        if visiteur:
            hote = urlsplit(visiteur.adresse).hostname or ""
            await context.add_cookies(
                [
                    {"name": nom, "value": valeur, "domain": hote, "path": "/"}
                    for nom, valeur in visiteur.cookies.items()
                ]
            )
        yield await context.new_page()
