"""How these pages can be used, by whom, and whom to tell when they cannot."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.portail.visite import LesMoyens, page

routes = APIRouter()


@routes.get("/accessibilite")
async def accessibilite(request: Request, les: LesMoyens) -> Response:
    return page(request, les, request.state.session, "accessibilite.html")
