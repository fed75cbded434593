"""A browser without JavaScript: follows links, fills in the forms it is shown, keeps cookies, and goes nowhere else."""

from __future__ import annotations

import html.parser
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from services.portail.app import CONNEXIONS


class Champ:
    """A control of a form, with what it would send."""

    def __init__(self, nom: str, sorte: str, valeur: str, envoye: bool = True) -> None:
        self.nom, self.sorte, self.valeur, self.envoye = nom, sorte, valeur, envoye
        self.choix: list[str] = []


class Form:
    def __init__(self, methode: str, action: str) -> None:
        self.methode, self.action = methode, action
        self.champs: list[Champ] = []
        self.boutons: list[tuple[str, str, str]] = []
        """(text, name, value)"""

    def noms(self) -> set[str]:
        return {champ.nom for champ in self.champs}

    def valeur(self, nom: str) -> list[str]:
        return [c.valeur for c in self.champs if c.nom == nom and c.envoye]

    def donnees(self, remplir: dict[str, Any]) -> list[tuple[str, str]]:
        """What would be sent once `remplir` is typed, chosen or ticked; every name must be a control of this form."""
        inconnus = set(remplir) - self.noms()
        assert not inconnus, f"no such field: {inconnus}; there are {sorted(self.noms())}"
        sent = [(c.nom, c.valeur) for c in self.champs if c.envoye and c.nom not in remplir]
        for nom, valeur in remplir.items():
            sent += [(nom, v) for v in (valeur if isinstance(valeur, list) else [valeur])]
        return sent


class Page(html.parser.HTMLParser):
    """What a page shows: title, texts, links, forms."""

    def __init__(self, reponse: httpx.Response) -> None:
        super().__init__()
        self.reponse, self.html = reponse, reponse.text
        self.statut, self.url = reponse.status_code, str(reponse.url)
        self.chemin = urlsplit(self.url).path
        self.liens: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.balises: list[tuple[str, dict[str, str]]] = []
        """Every tag a browser would see, with its attributes."""
        self.titre = self.texte = ""
        self._pile: list[str] = []
        self._lien: str | None = None
        self._lien_texte = ""
        self._bouton: dict[str, str] | None = None
        self._bouton_texte = ""
        self._zone: Champ | None = None
        self._liste: Champ | None = None
        self.feed(self.html)
        self.texte = " ".join(self.texte.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {nom: valeur or "" for nom, valeur in attrs}
        self.balises.append((tag, a))
        form = self.forms[-1] if self.forms else Form("get", "")
        match tag:
            case "a" if "href" in a:
                self._lien, self._lien_texte = a["href"], ""
            case "form":
                self.forms.append(Form(a.get("method", "get").lower(), a.get("action", "")))
            case "input" if "name" in a:
                sorte = a.get("type", "text")
                sent = "checked" in a if sorte in ("radio", "checkbox") else True
                form.champs.append(Champ(a["name"], sorte, a.get("value", ""), sent))
            case "textarea":
                self._zone = Champ(a["name"], "textarea", "")
                form.champs.append(self._zone)
            case "select":
                self._liste = Champ(a["name"], "select", "")
                form.champs.append(self._liste)
            case "option" if self._liste is not None:
                if not self._liste.choix or "selected" in a:
                    self._liste.valeur = a.get("value", "")
                self._liste.choix.append(a.get("value", ""))
            case "button":
                self._bouton, self._bouton_texte = a, ""
        self._pile.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._pile and self._pile.pop() != tag:
            pass
        if tag == "a" and self._lien is not None:
            self.liens.append((" ".join(self._lien_texte.split()), self._lien))
            self._lien = None
        elif tag == "button" and self._bouton is not None:
            text = " ".join(self._bouton_texte.split())
            self.forms[-1].boutons.append((text, self._bouton.get("name", ""), self._bouton.get("value", "")))
            self._bouton = None
        elif tag == "textarea":
            self._zone = None
        elif tag == "select":
            self._liste = None

    def handle_data(self, data: str) -> None:
        if self._zone is not None:
            self._zone.valeur += data
        elif "title" in self._pile:
            self.titre += data
        elif "style" not in self._pile and "script" not in self._pile:
            self.texte += f" {data}"
            self._lien_texte += data
            self._bouton_texte += data

    def lien(self, texte: str) -> str:
        """The address of the link that reads `texte`."""
        found = [href for text, href in self.liens if texte in text]
        assert found, f"no link « {texte} » among {[t for t, _ in self.liens]}"
        return found[0]

    def form(self, bouton: str) -> tuple[Form, tuple[str, str] | None]:
        """The form with the button that reads `bouton`, and what that button sends."""
        for form in self.forms:
            for text, nom, valeur in form.boutons:
                if bouton in text:
                    return form, (nom, valeur) if nom else None
        raise AssertionError(f"no button « {bouton} » among {[b for f in self.forms for b in f.boutons]}")


class Navigateur:
    """`page`: what is on the screen. Every response is kept in `recues`, redirections included. `clics` counts."""

    def __init__(self, adresse: str) -> None:
        self._client = httpx.AsyncClient(base_url=adresse, timeout=30, limits=CONNEXIONS)
        self.adresse = adresse
        self.page: Page
        self.recues: list[httpx.Response] = []
        self.clics = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    @property
    def entetes(self) -> httpx.Headers:
        """What goes with every request."""
        return self._client.headers

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    async def demander(self, methode: str, adresse: str, **options: Any) -> Page:
        """One request, then its redirections, as a browser does: from the page on the screen."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self.adresse} if methode == "POST" else {}
        headers |= options.pop("headers", {})
        reponse = self._recevoir(await self._client.request(methode, adresse, headers=headers, **options))
        for _ in range(10):
            if not reponse.has_redirect_location:
                break
            reponse = self._recevoir(await self._client.get(urljoin(str(reponse.url), reponse.headers["location"])))
        self.page = Page(reponse)
        return self.page

    def _recevoir(self, reponse: httpx.Response) -> httpx.Response:
        """Keep it. As in a browser, a cookie marked « secure » then goes to the machine itself without TLS."""
        self.recues.append(reponse)
        for cookie in self._client.cookies.jar:
            cookie.secure = False
        return reponse

    async def aller(self, adresse: str) -> Page:
        return await self.demander("GET", adresse)

    async def suivre(self, texte: str) -> Page:
        self.clics += 1
        return await self.aller(urljoin(self.page.url, self.page.lien(texte)))

    async def envoyer(self, bouton: str, **remplir: Any) -> Page:
        """Fill in the form of that button and press it."""
        self.clics += 1
        form, pressed = self.page.form(bouton)
        donnees = form.donnees(remplir) + ([pressed] if pressed else [])
        action = urljoin(self.page.url, form.action or self.page.url)
        if form.methode == "get":
            return await self.demander("GET", action, params=dict(donnees))
        return await self.poster(action, donnees)

    async def poster(self, adresse: str, donnees: list[tuple[str, str]], **en_tetes: str) -> Page:
        """Send a form's data as they are."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **en_tetes}
        return await self.demander("POST", adresse, content=urlencode(donnees), headers=headers)

    async def se_connecter(self, sujet: str, suite: str = "/") -> Page:
        """Through the provider's page, one click on the account."""
        await self.aller(f"/connexion?suite={suite}")
        if "Comptes de démonstration" in [text for text, _ in self.page.liens]:
            await self.suivre("Comptes de démonstration")
        page = await self.suivre(sujet)
        self.clics = 0
        return page
