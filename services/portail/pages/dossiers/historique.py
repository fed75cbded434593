"""Everything that happened in a dossier, on one page that prints."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import communs, lire
from services.portail.equipe import membres, noms
from services.portail.pages.dossiers._frise import Ligne, organisations
from services.portail.pages.dossiers._frise import lignes as frise
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/historique")
async def historique(visite: LaVisite, dossier: UUID) -> Response:
    api = visite.api
    vu, faits, equipe, conventions = await asyncio.gather(
        lire(visite, dossier),
        api.lire("dossiers", f"/dossiers/{dossier}/frise"),
        membres(visite),
        api.liste("partenaires", "/conventions"),
    )
    tout: list[Ligne] = frise(faits["elements"], noms(equipe), organisations(conventions))
    return visite.page("dossiers/historique.html", histoire=tout, **communs(vu))
