"""The association's notes on a household, those the person may read: the landlord never does."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import communs, ouvrir
from services.portail.equipe import membres, noms
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/notes")
async def notes(visite: LaVisite, dossier: UUID) -> Response:
    """All the notes the person may read, latest first."""
    (vu, gestes), lues, equipe = await asyncio.gather(
        ouvrir(visite, dossier), visite.api.lire("dossiers", f"/dossiers/{dossier}/notes"), membres(visite)
    )
    return visite.page(
        "dossiers/notes.html", notes=lues["elements"], noms=noms(equipe), gestes=gestes, **communs(vu)
    )  # fmt: skip
