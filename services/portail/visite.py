"""One request of one person: who they are, the services in their name, the form they sent, the page they get back.

A route takes `visite: LaVisite` and needs nothing else:

    liste = await visite.api.lire("dossiers", "/orientations", etape=etape)
    return visite.page("orientations/liste.html", liste=liste)
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx
import structlog
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from msgspec import Struct
from pydantic import BeforeValidator

from services.portail import avis, csrf
from services.portail.api import Api, Indisponible, Introuvable
from services.portail.brouillon import Brouillon, Brouillons
from services.portail.connexion import Connexions, FournisseurInjoignable
from services.portail.formulaire import ACTION, Formulaire
from services.portail.navigation import Lien, navigation, role
from services.portail.rendu import Pages
from services.portail.session import Personne, Session, Sessions, jeton_csrf
from services.socle.base.calendar import date_paris
from services.socle.base.clock import Horloge
from services.socle.base.database import Connection

__all__ = ["Connection", "LaVisite", "Moyens", "Visite"]

_AVANCE = 30
"""Seconds before its end at which an access token is replaced."""


class Ouverture(Struct, frozen=True):
    """Where funders' programs read their feeds, over HTTP and on Kafka; None where they cannot. `locale`: on one machine,
    without a password."""

    http: str | None
    kafka: str | None
    locale: bool


class Moyens(Struct, frozen=True):
    """What the pages work with. `urls`: service → address; `adresse`: the pages' own, public."""

    pages: Pages
    menu: Sequence[Lien]
    sessions: Sessions
    connexions: Connexions
    brouillons: Brouillons
    client: httpx.AsyncClient
    urls: Mapping[str, str]
    horloge: Horloge
    adresse: str
    ouverture: Ouverture


class ASeConnecter(Exception):
    """Nobody is signed in, or no longer. `suite`: where to go on afterwards."""

    def __init__(self, suite: str) -> None:
        super().__init__()
        self.suite = suite


def moyens(request: Request) -> Moyens:
    found: Moyens = request.app.state.moyens
    return found


async def _moyens(request: Request) -> Moyens:
    """FastAPI dependency; asynchronous because FastAPI sends the others to a thread, which costs more than they do."""
    return moyens(request)


class Visite:
    """`suspendue`: the session has ended, but the form that was just sent can still be kept as a draft."""

    def __init__(self, request: Request, les: Moyens, session: Session) -> None:
        self.request, self.les, self.session = request, les, session
        self.personne: Personne = session.personne
        self.suspendue = not session.vivante
        self.aujourdhui: date = date_paris(les.horloge.now())

    @property
    def api(self) -> Api:
        """The services, in this person's name. Raises ASeConnecter on a session that has ended."""
        if self.suspendue:
            raise ASeConnecter(_ici(self.request))
        correlation: UUID = self.request.state.correlation
        return Api(self.les.client, self.les.urls, self.session.jetons.acces, correlation)

    def reserver(self, *natures: str, role: str | None = None) -> None:
        """For pages that ask no service: whoever it is not meant for finds nothing there. Raises Introuvable."""
        if self.personne.nature not in natures or (role and role not in self.personne.roles):
            raise Introuvable

    async def formulaire(self) -> Formulaire:
        """What was just sent. Its origin was checked before the route was called."""
        valeurs: dict[str, list[str]] = {}
        for nom, valeur in (await self.request.form()).multi_items():
            if isinstance(valeur, str) and nom != csrf.CHAMP:
                valeurs.setdefault(nom, []).append(valeur)
        return Formulaire(valeurs)

    async def garder(self, f: Formulaire, brouillon: Brouillon) -> Response | None:
        """Keep what was typed as a draft; first thing after `formulaire()`, on every form that has one.

        Answers the response when nothing more is to be done: the person asked for a draft, or is no longer signed in.
        """
        kept = await self.les.brouillons.ecrire(self.personne, brouillon)
        if f.brut(ACTION) != "brouillon" and not self.suspendue:
            return None
        if "application/json" in self.request.headers.get("accept", ""):
            return Response(status_code=204 if kept and not self.suspendue else 409)
        if self.suspendue:
            raise ASeConnecter(brouillon.adresse)
        return self.vers("/", "brouillon_garde")

    def page(self, gabarit: str, statut: int = 200, **donnees: Any) -> Response:
        """The page, with all that every page shows."""
        return page(self.request, self.les, self.session, gabarit, statut, **donnees)

    def vers(self, adresse: str, dire: str | None = None, **params: object) -> Response:
        """Go to another page after a form, which then says AVIS[dire]."""
        query = urlencode({nom: str(v) for nom, v in params.items() if v is not None})
        reponse = RedirectResponse(f"{adresse}?{query}" if query else adresse, 303)
        if dire:
            avis.dire(reponse, dire, self.les.sessions.attributs())
        return reponse


def page(
    request: Request, les: Moyens, session: Session | None, gabarit: str, statut: int = 200, **donnees: Any
) -> Response:
    """Any page of ours, signed in or not."""
    personne = session.personne if session and session.vivante else None
    says = avis.lire(request)
    html = les.pages.rendre(
        gabarit,
        {
            "personne": personne,
            "role": role(personne) if personne else "",
            "navigation": navigation(les.menu, personne) if personne else (),
            "chemin": request.url.path,
            "jeton_csrf": jeton_csrf(session) if session and session.vivante else "",
            "avis": says,
            "aujourdhui": date_paris(les.horloge.now()),
            "correlation": str(request.state.correlation),
            "f": Formulaire(),
            **donnees,
        },
    )
    reponse = HTMLResponse(html, statut, entetes(les))
    if says:
        avis.oublier(reponse, les.sessions.attributs())
    return reponse


def entetes(les: Moyens) -> dict[str, str]:
    """No script or style but ours, no frame, no leak of an address; forms may also end at the providers' sign-out."""
    formes = " ".join(("'self'", *sorted(les.connexions.origines())))
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; form-action {formes}; frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "same-origin",  # « no-referrer » would make our own forms' origin « null »
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Vary": "Cookie",
        **({"Strict-Transport-Security": "max-age=31536000"} if les.adresse.startswith("https:") else {}),
    }


def _ici(request: Request) -> str:
    """This page, to come back to: as it was asked for, or the form's own page."""
    query = request.url.query if request.method == "GET" else ""
    return quote(request.url.path) + (f"?{query}" if query else "")


async def _visite(request: Request, les: Annotated[Moyens, Depends(_moyens)]) -> Visite:
    session: Session | None = request.state.session
    if session is None or (not session.vivante and request.method in csrf.SANS_EFFET):
        raise ASeConnecter(_ici(request))
    if session.vivante and session.jetons.expire - time.time() < _AVANCE:
        session = await _prolonger(les, request, session)
    structlog.contextvars.bind_contextvars(
        organisation=str(session.personne.organisation), membre=str(session.personne.membre)
    )
    return Visite(request, les, session)


async def _prolonger(les: Moyens, request: Request, session: Session) -> Session:
    """The session with new tokens from its provider, or as it stands: the services then say whether it still holds.

    A page asks for several things at once, and a provider takes each renewal token only once. Raises Indisponible.
    """
    async with les.sessions.verrou(session):
        latest = await les.sessions.de(request) or session
        if latest.jetons != session.jetons:
            return latest
        try:
            jetons = await les.connexions.renouveler(session.issuer, session.jetons)
        except FournisseurInjoignable:
            if session.jetons.expire < time.time():
                raise Indisponible("connexion") from None
            return session
        if jetons:
            return await les.sessions.renouveler(session, jetons)
    return await les.sessions.de(request) or session  # another process may have been first


async def session_verifiee(request: Request, les: Annotated[Moyens, Depends(_moyens)]) -> None:
    """Of the whole application: who is signed in, and whether the form is ours, before any route."""
    request.state.session = await les.sessions.de(request)
    await csrf.verifier(request, request.state.session, les.adresse)


LaVisite: TypeAlias = Annotated[Visite, Depends(_visite)]
IdFacultatif: TypeAlias = Annotated[UUID | None, BeforeValidator(lambda text: text or None)]
"""A filter by id: « Toutes », the first line of its list, sends an empty one."""
LesMoyens: TypeAlias = Annotated[Moyens, Depends(_moyens)]
