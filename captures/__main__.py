"""`make captures`: the demonstration's year, then a picture of every page and state, on a phone, a computer and paper.

Pages are found by following links, as each account may; of one kind, those that show something of their own are kept.
build/captures/index.html shows them all; docs/captures/ holds the two that the README shows.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Literal

import uvloop
from msgspec import Struct
from playwright.async_api import Browser, Page
from rich.console import Console

from captures.chromium import ORDINATEUR, TELEPHONE, chromium, fenetre
from captures.decor import dresser
from captures.etats import fauter
from captures.exploration import Visiteur, Vue, choisir, parcourir
from deploy.catalogue import PORTAIL
from deploy.demonstration import s1
from deploy.demonstration.menages import DEBUT
from deploy.machine.comptes import Api
from deploy.machine.local import Demande, local
from deploy.terminal import en_une_phrase
from services.socle.base import logging

RACINE = Path(__file__).parents[1]
SORTIE = RACINE / "build" / "captures"
DOCS = RACINE / "docs" / "captures"
A_LA_FOIS = 2
PAPIER = 794
"""An A4 sheet's width in CSS pixels."""

Etat = Literal["", "erreur", "papier", "sombre"]
"""As it is; sent back with its errors; printed; in dark colours."""

README = {
    "bailleur.png": ("semis.agent", "/orientations"),
    "referent.png": ("tremplin17.referent", "/dossiers/{}"),
}
"""File of docs/captures/ that the README shows → account and kind of page, the richest of which is taken."""


class Prise(Struct, frozen=True):
    compte: str
    adresse: str
    titre: str
    etat: Etat
    fichiers: Sequence[str]


async def prendre(console: Console) -> int:
    """Answers how many pages and states there are pictures of."""

    def dire(phrase: str) -> None:
        console.print(f"[dim]{phrase}…[/dim]")

    async with chromium() as browser, local(Demande(horloge=DEBUT), dire) as ici:
        await s1.jouer(ici, dire)
        async with Api(ici.urls, ici.poste) as api:
            await dresser(ici, api)
        shutil.rmtree(SORTIE, ignore_errors=True)
        SORTIE.mkdir(parents=True)
        prises = await _avant_la_connexion(browser, ici.urls[PORTAIL])
        vues: list[Vue] = []
        visiteurs: dict[str, Visiteur] = {}
        for compte in ici.comptes:
            dire(f"Les pages de {compte}")
            visiteurs[compte] = Visiteur(ici.urls[PORTAIL], compte)
            await visiteurs[compte].entrer()
            vues += await parcourir(visiteurs[compte])
        choisies = choisir([vue for vue in vues if vue.statut == 200])
        dire(f"{len(choisies)} pages se photographient")
        file = iter(choisies)
        await asyncio.gather(*(_photographier(browser, visiteurs, file, prises) for _ in range(A_LA_FOIS)))
        await _illustrer(browser, visiteurs, vues)
        for visiteur in visiteurs.values():
            await visiteur.__aexit__()
    prises.sort(key=lambda p: (p.compte, p.adresse, p.etat))
    (SORTIE / "index.html").write_text(_index(prises))
    return len(prises)


async def _avant_la_connexion(browser: Browser, adresse: str) -> list[Prise]:
    prises: list[Prise] = []
    async with fenetre(browser) as page:
        for chemin in ("/", "/connexion", "/deconnecte", "/nulle-part"):
            await page.goto(f"{adresse}{chemin}")
            prises.append(await _prise(page, "personne", chemin))
    return prises


async def _photographier(
    browser: Browser, visiteurs: dict[str, Visiteur], vues: Iterator[Vue], prises: list[Prise]
) -> None:
    fautives: set[str] = set()
    for vue in vues:
        async with fenetre(browser, visiteurs[vue.compte]) as page:
            url = f"{visiteurs[vue.compte].adresse}{vue.adresse}"
            await page.goto(url)
            prises.append(await _prise(page, vue.compte, vue.adresse))
            if "data-imprimer" in vue.html:
                await page.emulate_media(media="print")
                prises.append(await _prise(page, vue.compte, vue.adresse, "papier", (PAPIER,)))
                await page.emulate_media(media="screen")
            if vue.genre not in fautives:
                fautives.add(vue.genre)
                await page.emulate_media(color_scheme="dark")
                prises.append(await _prise(page, vue.compte, vue.adresse, "sombre", (TELEPHONE,)))
                await page.emulate_media(color_scheme="light")
                if await fauter(page):
                    prises.append(await _prise(page, vue.compte, vue.adresse, "erreur"))


async def _illustrer(browser: Browser, visiteurs: dict[str, Visiteur], vues: Sequence[Vue]) -> None:
    DOCS.mkdir(parents=True, exist_ok=True)
    for fichier, (compte, genre) in README.items():
        vue = max((v for v in vues if (v.compte, v.genre) == (compte, genre)), key=lambda v: len(v.feuille.traits))
        async with fenetre(browser, visiteurs[compte], 1100) as page:
            await page.set_viewport_size({"width": 1100, "height": 760})
            await page.goto(f"{visiteurs[compte].adresse}{vue.adresse}")
            await page.screenshot(path=DOCS / fichier)


async def _prise(
    page: Page, compte: str, adresse: str, etat: Etat = "", largeurs: Sequence[int] = (TELEPHONE, ORDINATEUR)
) -> Prise:
    fichiers = []
    for largeur in largeurs:
        await page.set_viewport_size({"width": largeur, "height": 900})
        nom = re.sub(r"[^a-z0-9]+", "-", f"{compte} {adresse} {etat} {largeur}".lower()).strip("-") + ".png"
        await page.screenshot(path=SORTIE / nom, full_page=True)
        fichiers.append(nom)
    return Prise(compte, adresse, (await page.title()).removesuffix(" – Maillage"), etat, fichiers)


_STYLE = """
:root { font: 16px/1.5 system-ui, sans-serif; color: #1f2a2e; background: #f1ebe1; }
body { margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h2 { margin-top: 3rem; } figure { margin: 1rem 0 2.5rem; }
figcaption { margin-bottom: .5rem; } code { color: #566367; }
div { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; }
img { border: 1px solid #c9bfae; max-height: 46rem; max-width: 60vw; object-fit: contain; object-position: top; }
"""


def _index(prises: Sequence[Prise]) -> str:
    lignes: list[str] = []
    compte = ""
    for p in prises:
        if p.compte != compte:
            compte = p.compte
            lignes.append(f"<h2>{escape(compte)}</h2>")
        images = "".join(f'<a href="{f}"><img src="{f}" alt="" loading="lazy"></a>' for f in p.fichiers)
        etat = f" ({p.etat})" if p.etat else ""
        lignes.append(
            f"<figure><figcaption>{escape(p.titre)}{etat} <code>{escape(p.adresse)}</code></figcaption>"
            f"<div>{images}</div></figure>"
        )
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Les pages de Maillage</title>'
        f"<style>{_STYLE}</style></head><body><h1>Les pages de Maillage</h1>{''.join(lignes)}</body></html>\n"
    )


if __name__ == "__main__":
    console = Console(stderr=True, highlight=False)
    logging.configurer("captures", "warning")
    with en_une_phrase(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        combien = runner.run(prendre(console))
    sys.stdout.write(f"{combien} pages et états : {SORTIE / 'index.html'}\n")
