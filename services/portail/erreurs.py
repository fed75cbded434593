"""The pages of what went wrong: what happened, what to do, nothing typed lost, and an id to quote when asking for help."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from services.portail import csrf
from services.portail.api import Indisponible, Introuvable, Refusee, SansAcces
from services.portail.connexion import ConnexionRefusee, FournisseurInjoignable, suite_sure
from services.portail.csrf import FormulaireEtranger
from services.portail.gestes import Impossible
from services.portail.rendu import Pages
from services.portail.session import Session
from services.portail.visite import ASeConnecter, Moyens, moyens, page
from services.socle.base.logging import ou
from services.socle.web.errors import INDISPONIBLE

log = structlog.get_logger()


_NUE = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"


class PagesNues:
    """What is said before any route, or after the worst: a page that asks nothing of anybody."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def reponse(self, code: str, correlation: UUID) -> Response:
        statut = {"erreur_interne": 500, "inconnu": 404, "corps_trop_grand": 413, "format_non_pris_en_charge": 415}
        html = self._pages.rendre("erreurs/nue.html", {"code": code, "correlation": str(correlation)})
        return HTMLResponse(html, statut.get(code, 400), {"Content-Security-Policy": _NUE})


def brancher(app: FastAPI) -> None:
    """Sets the app's exception handlers."""

    async def introuvable(request: Request, error: Exception) -> Response:
        return page(request, moyens(request), _session(request), "erreurs/introuvable.html", 404)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code in (404, 405):
            return await introuvable(request, error)
        return page(request, moyens(request), _session(request), "erreurs/illisible.html", error.status_code)

    async def a_se_connecter(request: Request, error: Exception) -> Response:
        assert isinstance(error, ASeConnecter)
        if "application/json" in request.headers.get("accept", ""):
            return Response(status_code=401)
        return RedirectResponse(f"/connexion?suite={quote(suite_sure(error.suite), safe='')}", 303)

    async def sans_acces(request: Request, error: Exception) -> Response:
        les, session = moyens(request), _session(request)
        if session:
            await les.sessions.fermer(session)
        reponse = page(request, les, None, "erreurs/session_terminee.html", 401)
        les.sessions.oter(reponse)
        return reponse

    async def etranger(request: Request, error: Exception) -> Response:
        """Ours, but of a former session: offered again. From elsewhere: refused."""
        session = _session(request)
        if session and session.vivante and request.headers.get("sec-fetch-site") == "same-origin":
            return await _reprendre(request, moyens(request), session, "session", 403)
        return page(request, moyens(request), session, "erreurs/etranger.html", 403)

    async def indisponible(request: Request, error: Exception) -> Response:
        les, session = moyens(request), _session(request)
        if not isinstance(error, Indisponible):
            log.warning("indisponible", erreur=type(error).__name__, ou=ou(error))
        return await _reprendre(request, les, session, "service", 503)

    async def refusee(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusee)
        return page(request, moyens(request), _session(request), "erreurs/refusee.html", 409, refus=error)

    async def impossible(request: Request, error: Exception) -> Response:
        assert isinstance(error, Impossible)
        dit = {"pourquoi": error.pourquoi, "adresse": error.adresse}
        return page(request, moyens(request), _session(request), "erreurs/impossible.html", 409, **dit)

    async def connexion(request: Request, error: Exception) -> Response:
        raison = str(error) if isinstance(error, ConnexionRefusee) else "injoignable"
        statut = 503 if isinstance(error, FournisseurInjoignable) else 400
        return page(request, moyens(request), None, "erreurs/connexion_refusee.html", statut, raison=raison)

    app.add_exception_handler(Introuvable, introuvable)
    app.add_exception_handler(RequestValidationError, introuvable)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(ASeConnecter, a_se_connecter)
    app.add_exception_handler(SansAcces, sans_acces)
    app.add_exception_handler(FormulaireEtranger, etranger)
    app.add_exception_handler(Refusee, refusee)
    app.add_exception_handler(Impossible, impossible)
    app.add_exception_handler(ConnexionRefusee, connexion)
    app.add_exception_handler(FournisseurInjoignable, connexion)
    for missing in (*INDISPONIBLE, Indisponible):
        app.add_exception_handler(missing, indisponible)


def _session(request: Request) -> Session | None:
    """None as well when what broke down is the very look at the session."""
    return getattr(request.state, "session", None)


async def _reprendre(request: Request, les: Moyens, session: Session | None, raison: str, statut: int) -> Response:
    """A page that sends the same form again, with the same command: what was typed is in it."""
    saisies: list[tuple[str, str]] = []
    if request.method == "POST":
        form = (await request.form()).multi_items()
        garder = csrf.CHAMP if session is None else ""
        saisies = [(n, v) for n, v in form if isinstance(v, str) and (n != csrf.CHAMP or n == garder)]
    return page(
        request, les, session, "erreurs/reprendre.html", statut, raison=raison, saisies=saisies, methode=request.method
    )
