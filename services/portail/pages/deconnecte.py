"""What is left to read once one has signed out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.portail.visite import LesMoyens, page

routes = APIRouter()


@routes.get("/deconnecte")
async def deconnecte(request: Request, les: LesMoyens) -> Response:
    return page(request, les, None, "deconnecte.html")
