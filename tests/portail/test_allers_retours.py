"""No page asks the services more than twice in sequence, whatever it asks side by side: every page, as each who may read it.

What is counted are the calls to the services' APIs while one page is made. Who is signed in is looked up in the pages' own
database, and a token's renewal at the provider's is nobody's page: neither is counted.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx
import msgspec
import pytest
from fastapi.routing import APIRoute

from jeu import dossiers as g
from jeu.parcours import ETAPES
from services.portail import sommaire
from tests.monde import DEBUT
from tests.portail.conftest import Lieu
from tests.portail.financement import financer
from tests.portail.gestes import adresser, faire, remplir
from tests.portail.navigateur import Navigateur, Page
from tests.portail.suivi import AGENT, COORDINATEUR, REFERENT, menages
from tests.portail.voisinage import proposee, voisins

AU_PLUS = 2
RETOUR = "/connexion/retour"
"""Where the provider sends back: a page of nobody's."""


class Appel(NamedTuple):
    debut: float
    fin: float
    quoi: str


class Compteur(httpx.AsyncHTTPTransport):
    """Notes when each call to a service begins, and when its answer is there. `services`: their addresses."""

    def __init__(self, services: Iterable[str]) -> None:
        super().__init__()
        self._services = tuple(services)
        self.appels: list[Appel] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        debut = time.perf_counter()
        reponse = await super().handle_async_request(request)
        await reponse.aread()
        if str(request.url).startswith(self._services):
            self.appels.append(Appel(debut, time.perf_counter(), f"{request.method} {request.url.path}"))
        return reponse


def chaine(appels: Sequence[Appel]) -> list[str]:
    """The longest sequence of calls each of which began once the one before had ended."""
    found: list[Appel] = []
    for appel in sorted(appels, key=lambda a: a.fin):
        if not found or appel.debut >= found[-1].fin:
            found.append(appel)
    return [appel.quoi for appel in found]


def test_la_chaine_compte_ce_qui_attend_et_non_ce_qui_va_de_front() -> None:
    de_front = [Appel(0, 3, "a"), Appel(0.1, 1, "b"), Appel(0.2, 2, "c")]
    assert len(chaine(de_front)) == 1
    assert len(chaine([*de_front, Appel(1.5, 4, "d"), Appel(4.1, 5, "e")])) == 3


@pytest.fixture
async def compteur(lieu: Lieu) -> AsyncIterator[Compteur]:
    """The pages, with their calls to the services noted."""
    moyens = lieu.app.state.moyens
    compteur = Compteur(moyens.urls.values())
    async with httpx.AsyncClient(transport=compteur) as client:
        lieu.app.state.moyens = msgspec.structs.replace(moyens, client=client)
        yield compteur
        lieu.app.state.moyens = moyens


class Lecteur:
    """An account reading pages one request at a time, each redirection being another page; their forms sent back empty too."""

    def __init__(self, n: Navigateur, compteur: Compteur) -> None:
        self._client = httpx.AsyncClient(base_url=n.adresse, cookies=dict(n.cookies), timeout=30)
        self._origine, self._compteur = n.adresse, compteur
        self.trop: dict[str, list[str]] = {}

    async def lire(self, adresse: str) -> int:
        """The status it is answered with; of a page that is shown, its forms are sent back."""
        reponse = await self._demander("GET", adresse)
        if reponse.status_code != 200 or "html" not in reponse.headers["content-type"]:
            return reponse.status_code
        page = Page(reponse)
        for form in page.forms:
            if form.methode != "post" or urlsplit(urljoin(page.url, form.action)).path != page.chemin:
                continue
            caches = {champ.nom: champ.valeur for champ in form.champs if champ.sorte == "hidden"}
            if len(caches) < len({champ.nom for champ in form.champs}) or form.boutons[0][1]:
                rendu = await self._demander("POST", adresse, data=caches)
                assert rendu.status_code == 422, (adresse, rendu.status_code, rendu.headers.get("location"))
        return 200

    async def _demander(self, methode: str, adresse: str, data: dict[str, str] | None = None) -> httpx.Response:
        self._compteur.appels.clear()
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self._origine} if methode == "POST" else {}
        reponse = await self._client.request(methode, adresse, headers=headers, data=data)
        suite = chaine(self._compteur.appels)
        if len(suite) > AU_PLUS:
            self.trop[f"{methode} {adresse}"] = suite
        return reponse

    async def fermer(self) -> None:
        await self._client.aclose()


def adresses(modele: str, valeurs: Mapping[str, Sequence[str]]) -> list[str]:
    """The address with each value of each of its parameters."""
    if not (parametre := re.search(r"\{(\w+)[^}]*\}", modele)):
        return [modele]
    return [
        found
        for valeur in valeurs[parametre[1]]
        for found in adresses(modele.replace(parametre[0], valeur, 1), valeurs)
    ]


@pytest.mark.timeout(300)
async def test_aucune_page_ne_demande_plus_de_deux_fois_de_suite(lieu: Lieu, compteur: Compteur) -> None:
    await voisins(lieu, "suite")
    conventions = [lieu.conventions["semis"], await proposee(lieu, "suite", 3)]
    finances = await financer(lieu, "suite")
    async with menages(lieu) as creer:
        etapes = [etape for etape in ETAPES if etape != "reperee"]
        suivis = [await creer(f"Exemple-Suite-{etape}", etape) for etape in reversed(etapes)]
        fini = await creer("Exemple-Suite-fini")
        await fini.faire(REFERENT, "clore", {"motif": "objectifs_atteints", "situation": "maintien_logement"})
        rendez_vous = uuid4()
        await lieu.monde.faire(REFERENT, g.fixer_rendez_vous(rendez_vous, DEBUT, lieu="À l'agence"), suivis[0].dossier)
        retire = await adresser(lieu, "Exemple-Suite-retire")
        await faire(lieu, AGENT, retire, "retirer-orientation", {"motif": "erreur"})
        valeurs = {
            "dossier": [*(s.dossier for s in suivis), fini.dossier, retire],
            "convention": [*conventions, finances.suivie],
            "rendez_vous": [str(rendez_vous)],
            "membre": [lieu.reseau.membres[REFERENT]],
            "finalite": ["transmission"],
            "nom": ["asyncapi.json"],
            "rang": ["0"],
            "id_": [str(uuid4())],
        }
        vues: set[str] = set()
        trop: dict[str, list[str]] = {}
        responsables = ("suite-bailleur.responsable", "suite-association.coordinateur")
        for compte in ("", AGENT, COORDINATEUR, REFERENT, finances.analyste, "exploitant", *responsables):
            async with Navigateur(lieu.adresse) as n:
                if compte:
                    await n.se_connecter(compte)
                lecteur = Lecteur(n, compteur)
                for page in _siennes(compte):
                    vues |= {page.adresse} if await _voir(lecteur, page, valeurs) else set()
                for adresse in await _brouillons(n, retire) if compte == AGENT else []:
                    assert await lecteur.lire(adresse) == 200, adresse
                if compte in (AGENT, REFERENT):
                    await n.aller("/recherche")
                    await n.envoyer("Chercher", q="exemple-suite")
                    assert await lecteur.lire(n.page.url.removeprefix(n.adresse)) == 200
                trop |= lecteur.trop
                await lecteur.fermer()
    assert trop == {}
    assert {page.adresse for page in sommaire.PAGES} == vues


def _siennes(compte: str) -> list[sommaire.Page]:
    """Those that are asked for as this account: nobody signed in gets no further than the pages of nothing in particular; who
    signs conventions is asked for nothing else."""
    if not compte:
        return [page for page in sommaire.PAGES if "{" not in page.adresse]
    dont = "/conventions" if compte.startswith("suite-") else "/"
    return [page for page in sommaire.PAGES if page.adresse.startswith(dont)]


async def _voir(lecteur: Lecteur, page: sommaire.Page, valeurs: Mapping[str, Sequence[str]]) -> bool:
    """Whether it was shown, of the first thing it has something to show of; of dossiers, an account has all or none."""
    statuts: set[int] = set()
    for route in page.routes.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and route.path != RETOUR:
            for adresse in adresses(route.path, valeurs):
                statut = await lecteur.lire(adresse)
                statuts.add(statut)
                if statut == 200 or (statut == 404 and "{dossier}" in route.path):
                    break
    return 200 in statuts


async def _brouillons(n: Navigateur, connu: str) -> list[str]:
    """The last pages of an orientation, of a new household and of one already recorded."""
    await n.aller("/orientations")
    await remplir(n, nom="Exemple-Suite-Brouillon")
    trouvees = [n.page.chemin, n.page.chemin.replace("verifier", "motif")]
    await n.aller(f"/dossiers/{connu}")
    await n.suivre("Orienter ce ménage")
    trouvees.append(n.page.url.removeprefix(n.adresse))
    await n.envoyer("Continuer", motifs=["impayes"], constat="Un constat.")
    await n.envoyer("Continuer", accord="oui", support="rendez_vous_bureau")
    assert n.page.chemin.endswith("/verifier"), n.page.texte
    return [
        *trouvees,
        n.page.chemin,
        n.page.chemin.replace("verifier", "motif"),
        n.page.chemin.replace("verifier", "menage"),
    ]
