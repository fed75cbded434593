"""The conventions an organisation works under or pays for."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.pages.conventions._convention import (
    ENGAGENT,
    ICI,
    LECTEURS,
    engage,
    etat,
)
from services.portail.places import places_de
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get(ICI)
async def conventions(visite: LaVisite) -> Response:
    visite.reserver(*LECTEURS)
    toutes = await visite.api.liste("partenaires", "/conventions")
    places = await places_de(visite, toutes) if visite.personne.nature in ENGAGENT else {}
    return visite.page(
        "conventions/liste.html",
        conventions=[(c, etat(visite, c), places.get(c["convention"])) for c in toutes],
        engage=engage(visite),
    )
