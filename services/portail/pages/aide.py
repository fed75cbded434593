"""Help, a page per profession: short, true, and made to be printed and kept near the phone."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/aide")
async def aide(visite: LaVisite) -> Response:
    return visite.page("aide.html")
