"""The portal, put together: all that it is, readable from top to bottom.

Pages rendered here, in a person's own name, from what the services answer. Nothing is decided here, and nothing of a case
is kept but drafts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import httpx
from fastapi import Depends, FastAPI, Request
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware

from services.portail import erreurs, statiques
from services.portail.api import Introuvable
from services.portail.brouillon import Brouillons
from services.portail.connexion import Connexions
from services.portail.effaceur import travailler
from services.portail.rendu import Pages, Statiques
from services.portail.session import Sessions
from services.portail.sommaire import MENU, PAGES
from services.portail.visite import Moyens, Ouverture, session_verifiee
from services.socle.base.clock import horloge
from services.socle.base.database import pool
from services.socle.base.settings import ReglageInvalide, Settings
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from services.socle.web.asgi import Circonstances, Garde
from services.socle.web.http import application as api
from services.socle.web.http import sante

__all__ = ["NOM", "application", "temoin", "travailler"]

NOM = "portail"
CONNEXIONS = httpx.Limits(max_keepalive_connections=40, keepalive_expiry=2.0)
"""The services close a connection that has been idle for five seconds: one must not be asked through as they do."""


def application(settings: Settings) -> FastAPI:
    """The pages. Raises ReglageInvalide when their address, or their built files, are missing."""
    if settings.url_portail is None:
        raise ReglageInvalide("MAILLAGE_URL_PORTAIL : variable absente (l'adresse publique des pages).")
    pages = Pages(Statiques(settings.statiques))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.moyens = await _ouvrir(settings, pages, stack)
            yield

    async def base() -> object:
        async with app.state.moyens.sessions.regard():
            return None

    app = FastAPI(title="Maillage : pages", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    nues = erreurs.PagesNues(pages)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Garde, problemes=nues, corps=_formulaire)
    # Browsers have no trace of their own: here is where one begins, whatever is sent.
    app.add_middleware(Circonstances, problemes=nues, amont=False)
    erreurs.brancher(app)
    sante(app, [("base", base)])
    app.include_router(statiques.routes(pages.statiques))
    for page in PAGES:
        app.include_router(page.routes, dependencies=[Depends(session_verifiee)])
    app.add_api_route("/{_:path}", _inconnue, dependencies=[Depends(session_verifiee)])
    return app


async def _ouvrir(settings: Settings, pages: Pages, stack: AsyncExitStack) -> Moyens:
    adresse = (settings.url_portail or "").rstrip("/")
    base = await stack.enter_async_context(pool(settings.dsn(NOM, "api"), largest=8))
    cles = await stack.enter_async_context(pool(settings.dsn(NOM, "cles"), largest=2))
    client = await stack.enter_async_context(httpx.AsyncClient(limits=CONNEXIONS))
    coffre = CoffreFichier(settings.cle_maitre)
    sessions = Sessions(base, urlsplit(adresse).scheme == "https")
    connexions = Connexions(settings.connexions, client, coffre.empreinte(b"portail connexion"), adresse)
    urls = {
        "dossiers": settings.url_dossiers,
        "partenaires": settings.url_partenaires,
        "notifications": settings.url_notifications,
    }
    return Moyens(
        pages,
        MENU,
        sessions,
        connexions,
        Brouillons(sessions, Trousseau(cles, coffre, NOM)),
        client,
        {service: url for service, url in urls.items() if url},
        horloge(settings),
        adresse,
        Ouverture(settings.url_flux or None, settings.kafka_externe or None, settings.mode == "local"),
    )


def temoin() -> FastAPI:
    """What the worker shows when it runs alone: that it lives, and its metrics."""
    return api("Maillage : pages (travail)", motifs={})


def _formulaire(body: bytes, headers: Headers) -> str | None:
    """Only forms are sent here."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return None if not body or kind == "application/x-www-form-urlencoded" else "format_non_pris_en_charge"


async def _inconnue(request: Request) -> None:
    """Every other address: the same page as what is not the reader's."""
    raise Introuvable
