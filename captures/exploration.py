"""Finds the pages by following their links, as each person may: what is added tomorrow is found too.

`parcourir` reads everything an account is offered; `choisir` keeps, of the pages of one kind, those that show something
the others do not: another state, another section, another piece of the page.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
from msgspec import Struct

from deploy.terminal import Impossible

A_LA_FOIS = 4
OUVRENT = frozenset({"/orientations/nouvelle"})
"""Links that lead to a new page each time they are followed."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TITRES = frozenset({"h2", "h3", "caption"})
_VIDES = frozenset({"meta", "link", "input", "img", "br", "hr", "source", "wbr", "col"})


class Formulaire(Struct):
    """`choix`: the values each of its lists offers. `libres`: the fields one types in."""

    methode: str
    action: str
    caches: dict[str, str] = {}
    choix: dict[str, list[str]] = {}
    libres: list[str] = []


class Feuille(HTMLParser):
    """What a page is made of: its title, words, links and forms; `traits` tells it from others of its kind."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.titre, self.liens = "", list[str]()
        self.formulaires: list[Formulaire] = []
        self.balises: list[tuple[str, dict[str, str]]] = []
        self.traits: set[str] = set()
        self._mots: list[str] = []
        self._pile: list[tuple[str, str]] = []
        self._liste = ""
        self.feed(html)
        self.texte = " ".join(" ".join(self._mots).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {nom: valeur or "" for nom, valeur in attrs}
        self.balises.append((tag, a))
        self.traits |= {f".{c}" for c in a.get("class", "").split()}
        form = self.formulaires[-1] if self.formulaires else Formulaire("get", "")
        match tag:
            case "a" if "href" in a:
                self.liens.append(a["href"])
            case "form":
                self.formulaires.append(Formulaire(a.get("method", "get").lower(), a.get("action", "")))
            case "input" if a.get("type") == "hidden":
                form.caches[a.get("name", "")] = a.get("value", "")
            case "select":
                self._liste = a.get("name", "")
                form.choix[self._liste] = []
            case "option" if self._liste:
                form.choix[self._liste].append(a.get("value", ""))
            case "textarea" | "input" if a.get("type", "text") in ("text", "search", "email", "tel") and "name" in a:
                form.libres.append(a["name"])
        if tag not in _VIDES:
            self._pile.append((tag, a.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._liste = ""
        if any(tag == open_ for open_, _ in self._pile):
            while self._pile.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        dans = {tag for tag, _ in self._pile}
        if dans & {"script", "style"}:
            return
        if "title" in dans:
            self.titre += data
        self._mots.append(data)
        if data.strip() and (dans & _TITRES or any("etiquette" in classe for _, classe in self._pile[-2:])):
            self.traits.add(re.sub(r"\d+", "0", " ".join(data.split())))


class Vue(Struct):
    """A page as one account got it."""

    compte: str
    adresse: str
    statut: int
    html: str
    feuille: Feuille
    depuis: str

    @property
    def genre(self) -> str:
        return genre(self.adresse)


def genre(adresse: str) -> str:
    """What addresses of the same page have in common: « /dossiers/{}/retirer », « /orientations?etat »."""
    parts = urlsplit(adresse)
    cles = sorted({nom for nom, _ in parse_qsl(parts.query, keep_blank_values=True)} - {"v"})
    return _ID.sub("{}", parts.path) + ("?" + "&".join(cles) if cles else "")


class Visiteur:
    """One account, signed in to the pages without a browser. `adresse`: the pages'."""

    def __init__(self, adresse: str, compte: str) -> None:
        self.adresse, self.compte = adresse, compte
        self._client = httpx.AsyncClient(base_url=adresse, timeout=30, follow_redirects=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    @property
    def cookies(self) -> Mapping[str, str]:
        return dict(self._client.cookies)

    async def entrer(self) -> None:
        """Sign in through the local provider, one click on the account. Raises Impossible."""
        choix = await self._client.get("/connexion/0?suite=/")
        await self._client.get(f"{choix.url}&sujet={self.compte}")
        if "maillage" not in self._client.cookies:
            raise Impossible(f"{self.compte} n'a pas pu se connecter aux pages.")

    async def lire(self, adresse: str, depuis: str = "") -> Vue:
        reponse = await self._client.get(adresse)
        html = reponse.text if "html" in reponse.headers.get("content-type", "") else ""
        url = urlsplit(str(reponse.url))
        ici = f"{url.path}?{url.query}" if url.query else url.path
        return Vue(self.compte, ici, reponse.status_code, html, Feuille(html), depuis)


async def parcourir(
    visiteur: Visiteur, depart: Iterable[str] = ("/",), par_genre: int = 60, brouillons: int = 1
) -> list[Vue]:
    """The pages the account is led to, filters included: at most `par_genre` of a kind, and `brouillons` that open one."""
    a_lire, connues = [(adresse, "") for adresse in depart], set[str]()
    genres: Counter[str] = Counter()
    vues: list[Vue] = []
    while a_lire:
        groupe: list[tuple[str, str]] = []
        suite: list[tuple[str, str]] = []
        for adresse, depuis in a_lire:
            if adresse in connues:
                continue
            connues.add(adresse)
            genres[genre(adresse)] += 1
            if genres[genre(adresse)] <= (brouillons if genre(adresse) in OUVRENT else par_genre):
                groupe.append((adresse, depuis))
        for debut in range(0, len(groupe), A_LA_FOIS):
            lues = await asyncio.gather(*(visiteur.lire(*lien) for lien in groupe[debut : debut + A_LA_FOIS]))
            vues += lues
            suite += [(lien, vue.adresse) for vue in lues for lien in liens(vue)]
        a_lire = suite
    return vues


def liens(vue: Vue) -> list[str]:
    """The addresses of ours that a page leads to, by its links and by its filters."""
    found = [urljoin(vue.adresse, lien) for lien in vue.feuille.liens if not lien.startswith("#")]
    for form in vue.feuille.formulaires:
        if form.methode == "get":
            base = {**form.caches, **dict.fromkeys(form.libres, "")}
            for nom, valeurs in form.choix.items():
                found += [urljoin(vue.adresse, f"{form.action}?{urlencode({**base, nom: v})}") for v in valeurs]
    ours = [lien.partition("#")[0] for lien in found if lien.startswith("/") and not lien.startswith("//")]
    return [lien for lien in ours if not lien.startswith(("/statique/", "/connexion"))]


def choisir(vues: Sequence[Vue], au_plus: int = 6) -> list[Vue]:
    """Of each kind of page, the richest, then those that show something more: another profession's, another state."""
    connus: defaultdict[str, set[str]] = defaultdict(set)
    par_genre: Counter[str] = Counter()
    gardees: list[Vue] = []
    for vue in sorted(vues, key=lambda v: -len(v.feuille.traits)):
        page = vue.genre.partition("?")[0]
        if vue.html and vue.feuille.traits - connus[page] and par_genre[page] < au_plus:
            par_genre[page] += 1
            connus[page] |= vue.feuille.traits
            gardees.append(vue)
    return sorted(gardees, key=lambda v: (v.compte, v.adresse))
