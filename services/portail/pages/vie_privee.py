"""What is kept, who sees it, and what these pages leave in a browser."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.portail.visite import LesMoyens, page

routes = APIRouter()


@routes.get("/vie-privee")
async def vie_privee(request: Request, les: LesMoyens) -> Response:
    return page(request, les, request.state.session, "vie_privee.html")
