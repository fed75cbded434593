"""The appointments of a household: for the association all of them, for the landlord those it comes to."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.pages.dossiers.rendez_vous._rendez_vous import AVEC, ETATS, lus
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/rendez-vous")
async def liste(
    visite: LaVisite, dossier: UUID, v: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None
) -> Response:
    """`v`: the version that a command just made, which the page then shows."""
    return visite.page("dossiers/rendez_vous/liste.html", etats=ETATS, avec=AVEC, **await lus(visite, dossier, v))
