"""The sheet of a household: one address, and each organisation's own view of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.api import Introuvable
from services.portail.pages import bailleur, referent
from services.portail.visite import LaVisite

routes = APIRouter()

FICHES = {"bailleur": bailleur.fiche, "association": referent.fiche}
"""By the organisation's nature."""


@routes.get("/dossiers/{dossier}")
async def fiche(
    visite: LaVisite, dossier: UUID, v: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None
) -> Response:
    """`v`: the version that a command just made, which the page then shows."""
    voir = FICHES.get(visite.personne.nature)
    if voir is None:
        raise Introuvable
    return await voir(visite, dossier, v)
