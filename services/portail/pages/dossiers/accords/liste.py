"""What a household agrees to, for whichever of the two organisations it tells."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.pages.dossiers.accords._accords import FINALITES, acte, presenter, voir
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/accords")
async def accords(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await voir(visite, dossier)
    possibles = {finalite for finalite in FINALITES if gestes.peut(acte(vu, finalite))}
    pourquoi = next((gestes.pourquoi(acte(vu, finalite)) for finalite in FINALITES if finalite not in possibles), "")
    return visite.page(
        "dossiers/accords/liste.html",
        finalites=FINALITES,
        possibles=possibles,
        pourquoi=pourquoi,
        **presenter(visite, vu),
    )
