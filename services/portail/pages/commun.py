"""What everybody finds: pages about the pages themselves."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.portail.session import Session
from services.portail.visite import LesMoyens, page

routes = APIRouter()


@routes.get("/accessibilite")
async def accessibilite(request: Request, les: LesMoyens) -> Response:
    return page(request, les, _session(request), "commun/accessibilite.html")


@routes.get("/vie-privee")
async def vie_privee(request: Request, les: LesMoyens) -> Response:
    return page(request, les, _session(request), "commun/vie_privee.html")


def _session(request: Request) -> Session | None:
    found: Session | None = request.state.session
    return found
