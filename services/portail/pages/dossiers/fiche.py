"""The sheet of a household: one address, and each organisation's own view of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.api import Introuvable
from services.portail.pages.dossiers import _fiche_association, _fiche_bailleur
from services.portail.visite import LaVisite

routes = APIRouter()
FICHES = {"bailleur": _fiche_bailleur.fiche, "association": _fiche_association.fiche}
"""By the organisation's nature: what its sheet shows."""


@routes.get("/dossiers/{dossier}")
async def fiche(
    visite: LaVisite, dossier: UUID, v: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None
) -> Response:
    """`v`: the version that a command just made, which the page then shows."""
    voir = FICHES.get(visite.personne.nature)
    if voir is None:
        raise Introuvable
    donnees = await voir(visite, dossier, v)
    return visite.page("dossiers/fiche.html", **donnees)
