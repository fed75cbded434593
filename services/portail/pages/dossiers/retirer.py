"""Taking back an orientation nobody has answered yet."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.etapes import DU_BAILLEUR
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_du_dossier
from services.portail.libelles import choix
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/retirer")
async def avant_de_page(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("bailleur")
    vu, gestes = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}"), gestes_du_dossier(visite, dossier)
    )
    gestes.exiger("retirer-orientation")
    return _page(visite, vu, Formulaire())


@routes.post("/dossiers/{dossier}/retirer")
async def retirer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("bailleur")
    f = await visite.formulaire()
    motif = f.code("motif", "motif_retrait", "Choisissez un motif.")
    if f.correct:
        try:
            effet = await visite.api.faire(
                "dossiers", f"/dossiers/{dossier}/retirer-orientation", {"motif": motif}, f.commande, f.version
            )
            return visite.vers(f"/dossiers/{dossier}", "orientation_retiree", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/motif": "motif"})
    vu = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    return _page(visite, vu, f)


def _page(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    return visite.page(
        "dossiers/retirer.html",
        200 if f.correct else 422,
        f=f,
        vu=vu,
        nom=nom_du_menage(vu),
        etat=DU_BAILLEUR[vu["etape"]],
        motifs=choix("motif_retrait", visite.aujourdhui),
        ici="/orientations",
    )
