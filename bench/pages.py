"""How long each page takes with a hundred thousand households, and what a first visit weighs.

The portal, the services behind it, their databases and the workers are processes of one machine, as `maillage local` starts
them; one browser asks for one page after the other, in the name of people whose organisations hold ten thousand of the
households. A page's time is from its request to its last byte, and is compared with the target by its 95th percentile; the
slowest page counts. A first visit is the page with its styles and scripts,
as many bytes as went over the wire.
"""

from __future__ import annotations

import html
import itertools
import random
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from bench.mesure import Cible, Mesure, centile, comparer
from bench.peuplement import RESEAUX, peupler
from bench.taille import Taille
from bench.vies import CONVENTION, SYLLABES
from deploy.machine.local import Demande, Local, local


class Page(NamedTuple):
    """`adresse` may hold {dossier}, one at random, and {q}, a search as the page itself wrote it in its address."""

    nom: str
    compte: str
    adresse: str


PAGES = (
    Page("mes orientations", "banc.agent", "/orientations"),
    Page("mes orientations, filtrées", "banc.agent", "/orientations?etat=accompagnes"),
    Page("fiche du bailleur", "banc.agent", "/dossiers/{dossier}"),
    Page("recherche", "banc.agent", "/recherche?q={q}"),
    Page("à faire", "banc.referent", "/a-faire"),
    Page("ménages", "banc.referent", "/menages"),
    Page("fiche de l'association", "banc.referent", "/dossiers/{dossier}"),
    Page("point bimestriel", "banc.referent", "/dossiers/{dossier}/point"),
    Page("orientations à traiter", "banc.coordinateur", "/orientations-a-traiter"),
    Page("charge par référent", "banc.coordinateur", "/charge"),
    Page("boîte", "banc.coordinateur", "/boite"),
    Page("conventions", "banc.coordinateur", "/conventions"),
    Page("indicateurs", "banc.analyste", "/indicateurs?convention=" + str(CONVENTION)),
    Page("flux", "banc.analyste", "/flux"),
)
"""Adding a page is adding a line."""

CHAUFFE = 4


async def mesurer(taille: Taille) -> list[Mesure]:
    """Two lines: the slowest page, the heaviest first visit."""
    async with local(Demande(), lambda _: None) as ici:
        dossiers = itertools.cycle(await peupler(ici, taille))
        temps: dict[str, float] = {}
        poids: dict[str, float] = {}
        for page in PAGES:
            async with httpx.AsyncClient(base_url=ici.urls["portail"], timeout=30) as client:
                await se_connecter(client, ici, page.compte)
                recherches = [await chercher(client) for _ in range(8)] if "{q}" in page.adresse else [""]
                adresses = _adresses(page, dossiers, recherches)
                temps[page.nom] = await _p95(client, adresses, taille.visites)
                poids[page.nom] = await _poids(client, next(adresses))
    combien = f"{taille.grand:,} dossiers".replace(",", "\u202f")
    return [
        *_ligne(f"page la plus lente au p95, {combien}", "ms", temps, Cible(50, "nous", "au plus")),
        *_ligne("première visite la plus lourde, compressée", "ko", poids, Cible(100, "nous", "au plus")),
    ]


def _ligne(nom: str, unite: str, valeurs: dict[str, float], cible: Cible) -> list[Mesure]:
    pire = max(valeurs, key=lambda page: valeurs[page])
    details: dict[str, float | str] = {page: round(valeur, 1) for page, valeur in valeurs.items()}
    return comparer(nom, unite, [valeurs[pire]], f"« {pire} », {RESEAUX} bailleurs", [], cible, details=details)


async def se_connecter(client: httpx.AsyncClient, ici: Local, compte: str) -> None:
    """Through the local provider, as a browser goes. Raises RuntimeError when nobody comes out signed in."""
    depart = await client.get("/connexion/0")
    retour = await client.get(f"{depart.headers['location']}&sujet={compte}")
    arrivee = await client.get(retour.headers["location"])
    if arrivee.status_code != 303 or not client.cookies:
        raise RuntimeError(f"{compte}: {arrivee.status_code} {arrivee.text[:300]}")


async def chercher(client: httpx.AsyncClient) -> str:
    """Search for a name, as the page's form does; answers what stands for it in the address of the answer."""
    formulaire = (await client.get("/recherche")).text
    [jeton] = set(re.findall(r'name="jeton" value="([^"]+)"', formulaire)[-1:])
    mots = "".join(random.choices(SYLLABES, k=3))
    reponse = await client.post("/recherche", data={"jeton": html.unescape(jeton), "q": mots})
    return reponse.headers["location"].partition("q=")[2]


def _adresses(page: Page, dossiers: Iterator[str], recherches: list[str]) -> Iterator[str]:
    for q in itertools.cycle(recherches):
        yield page.adresse.format(dossier=next(dossiers), q=q)


async def _p95(client: httpx.AsyncClient, adresses: Iterator[str], visites: int) -> float:
    """Milliseconds. Raises RuntimeError for a page that is not one."""
    found = []
    for rang in range(CHAUFFE + visites):
        adresse = next(adresses)
        start = time.perf_counter()
        reponse = await client.get(adresse)
        spent = time.perf_counter() - start
        if reponse.status_code != 200:
            raise RuntimeError(f"{adresse}: {reponse.status_code}")
        if rang >= CHAUFFE:
            found.append(spent * 1000)
    return centile(found, 0.95)


async def _poids(client: httpx.AsyncClient, adresse: str) -> float:
    """Thousands of bytes."""
    page = await client.get(adresse)
    liens = set(re.findall(r'(?:href|src)="(/statique/[^"]+)"', page.text))
    reponses = [page, *[await client.get(lien) for lien in liens]]
    return sum(r.num_bytes_downloaded for r in reponses) / 1000
