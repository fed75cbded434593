"""The front page: the person's own first page, or what this is for whoever is not signed in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.portail.navigation import accueil
from services.portail.session import Session
from services.portail.visite import LesMoyens, page

routes = APIRouter()


@routes.get("/")
async def arriver(request: Request, les: LesMoyens) -> Response:
    """The person's own first page; what this is, for whoever is not signed in."""
    session: Session | None = request.state.session
    if session and session.vivante:
        return RedirectResponse(accueil(les.menu, session.personne), 303)
    return page(request, les, None, "accueil.html", suite="")
