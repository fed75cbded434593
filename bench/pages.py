"""How long each page takes with a hundred thousand households, and what a first visit weighs.

The portal, the services behind it, their databases and the workers are processes of one machine, as `maillage local` starts
them; one browser asks for one page after the other, in the name of people whose organisations hold ten thousand of the
households. A page's time is from its request to its last byte; the 95th percentile of a turn's visits counts, and of the
turns the median.

The lists are also asked of the same lists in Django (pair_django/pages): same server, same rows, same people, page after
page in turn. Our slowest list is compared with the same one there; a comparison in which the two do not weigh the same,
within a tenth, holds nothing. The slowest page of all is said beside what a quiet machine should give. A first visit is the
page with its styles and scripts, as many bytes as went over the wire.
"""

from __future__ import annotations

import html
import itertools
import random
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from msgspec.structs import replace

from bench.memoire import processus_de
from bench.mesure import Cible, Mesure, centile, comparer
from bench.pair_django.pages.lancement import ListesDjango, listes_django
from bench.peuplement import COMPTES, RESEAUX, base_de, peupler
from bench.taille import Taille
from bench.terrain import base_du_pair
from bench.vies import CONVENTION, SYLLABES
from deploy.machine.local import Demande, Local, local


class Page(NamedTuple):
    """`adresse` may hold {dossier}, one at random, and {q}, a search as the page itself wrote it in its address. A `liste`
    stands in Django too."""

    nom: str
    compte: str
    adresse: str
    liste: bool = False


PAGES = (
    Page("mes orientations", "banc.agent", "/orientations", liste=True),
    Page("mes orientations, filtrées", "banc.agent", "/orientations?etat=accompagnes", liste=True),
    Page("fiche du bailleur", "banc.agent", "/dossiers/{dossier}"),
    Page("recherche", "banc.agent", "/recherche?q={q}"),
    Page("à faire", "banc.referent", "/a-faire", liste=True),
    Page("ménages", "banc.referent", "/menages", liste=True),
    Page("fiche de l'association", "banc.referent", "/dossiers/{dossier}"),
    Page("point bimestriel", "banc.referent", "/dossiers/{dossier}/point"),
    Page("orientations à traiter", "banc.coordinateur", "/orientations-a-traiter", liste=True),
    Page("charge par référent", "banc.coordinateur", "/charge", liste=True),
    Page("boîte", "banc.coordinateur", "/boite", liste=True),
    Page("conventions", "banc.coordinateur", "/conventions"),
    Page("indicateurs", "banc.analyste", "/indicateurs?convention=" + str(CONVENTION)),
    Page("flux", "banc.analyste", "/flux"),
)
"""Adding a page is adding a line."""

CHAUFFE = 4
EGAL = 0.1
"""How much lighter or heavier the other's page may be."""


class Releves(NamedTuple):
    """Page → its 95th percentile of each turn, ours and theirs (ms); the bytes of its text, ours and theirs; the thousands
    of bytes of a first visit. Process → its memory once all was asked for."""

    temps: dict[str, list[float]]
    en_face: dict[str, list[float]]
    octets: dict[str, tuple[int, int]]
    poids: dict[str, float]
    memoire: dict[str, float]


class Cotes(NamedTuple):
    """Our deployment and Django's lists; account → a browser signed in there, ours and theirs; households to look at."""

    ici: Local
    nous: dict[str, httpx.AsyncClient]
    eux: dict[str, httpx.AsyncClient]
    dossiers: Iterator[str]


async def mesurer(taille: Taille) -> tuple[list[Mesure], dict[str, float]]:
    """Four lines (the slowest list twice, the slowest page, the heaviest first visit), and each process's memory."""
    async with deux_cotes(taille) as cotes:
        return await mesurer_sur(cotes, taille)


async def mesurer_sur(cotes: Cotes, taille: Taille) -> tuple[list[Mesure], dict[str, float]]:
    releves = await _relever(cotes, taille)
    return _lignes(releves, taille), releves.memoire


@asynccontextmanager
async def deux_cotes(taille: Taille) -> AsyncIterator[Cotes]:
    """Both, with the same households."""
    async with local(Demande(), lambda _: None) as ici, AsyncExitStack() as stack:
        dossiers = itertools.cycle(await peupler(ici, taille))
        base = await stack.enter_async_context(base_du_pair(ici.dsn_admin, "pages"))
        leur_dsn = urlsplit(ici.dsn_admin)._replace(path=f"/{base.base}").geturl()
        sources = base_de(ici, "dossiers"), base_de(ici, "notifications")
        django = await stack.enter_async_context(listes_django(base, leur_dsn, *sources, ici.racine))
        nous = {compte: await stack.enter_async_context(_client(ici)) for compte in COMPTES}
        for compte, client in nous.items():
            await se_connecter(client, ici, compte)
        eux = {compte: await stack.enter_async_context(_leur_client(django, compte)) for compte in django.sessions}
        yield Cotes(ici, nous, eux, dossiers)


def _client(ici: Local) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=ici.urls["portail"], timeout=30)


def _leur_client(django: ListesDjango, compte: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=django.url, timeout=30, cookies={"sessionid": django.sessions[compte]})


async def _relever(cotes: Cotes, taille: Taille) -> Releves:
    temps: defaultdict[str, list[float]] = defaultdict(list)
    en_face: defaultdict[str, list[float]] = defaultdict(list)
    octets: dict[str, tuple[int, int]] = {}
    poids: dict[str, float] = {}
    for page in PAGES:
        client = cotes.nous[page.compte]
        recherches = [await chercher(client) for _ in range(8)] if "{q}" in page.adresse else [""]
        adresses = _adresses(page, cotes.dossiers, recherches)
        for _ in range(taille.essais):
            temps[page.nom].append(await _p95(client, adresses, taille.visites))
            if page.liste:
                en_face[page.nom].append(await _p95(cotes.eux[page.compte], adresses, taille.visites))
        poids[page.nom] = await _poids(client, next(adresses))
        if page.liste:
            pages = [await c.get(page.adresse) for c in (client, cotes.eux[page.compte])]
            octets[page.nom] = (len(pages[0].content), len(pages[1].content))
    return Releves(temps, en_face, octets, poids, processus_de(cotes.ici))


def _lignes(r: Releves, taille: Taille) -> list[Mesure]:
    medianes = {nom: median(runs) for nom, runs in r.temps.items()}
    [lente, page] = [max(noms, key=lambda nom: medianes[nom]) for noms in (r.en_face, r.temps)]
    lourde = max(r.poids, key=lambda nom: r.poids[nom])
    combien = f"{taille.grand:,} dossiers, {RESEAUX} bailleurs".replace(",", "\u202f", 1)
    a_cote: dict[str, float | str] = {nom: _a_cote(r, nom) for nom in r.en_face}
    listes = comparer(
        "liste la plus lente, p95", "ms", r.temps[lente], f"« {lente} » en Django, gabarits et sessions, {combien}",
        r.en_face[lente], Cible(1.5, "ratio", "au plus"), Cible(1.0, "ratio", "au plus", porte=False), details=a_cote,
    )  # fmt: skip
    ours, theirs = r.octets[lente]
    meme_poids = abs(theirs / ours - 1) <= EGAL
    return [
        *(replace(line, holds=line.holds and meme_poids) for line in listes),
        *comparer(
            "page la plus lente, p95", "ms", r.temps[page], f"« {page} »", [],
            Cible(50, "nous", "au plus", porte=False), details={nom: round(ms, 1) for nom, ms in medianes.items()},
        ),
        *comparer(
            "première visite, serrée", "ko", [r.poids[lourde]], f"« {lourde} »", [], Cible(100, "nous", "au plus"),
            details={nom: round(ko, 1) for nom, ko in r.poids.items()},
        ),
    ]  # fmt: skip


def _a_cote(r: Releves, nom: str) -> str:
    ours, theirs = r.octets[nom]
    return (
        f"{median(r.temps[nom]):.0f} ms et {ours / 1000:.0f} ko, Django {median(r.en_face[nom]):.0f} ms et "
        f"{theirs / 1000:.0f} ko"
    )


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
