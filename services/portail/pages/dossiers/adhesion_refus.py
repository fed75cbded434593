"""The household does not want to be accompanied: the orientation ends there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import lire, ouvrir
from services.portail.libelles import choix
from services.portail.pages.dossiers._demarche import du_jour, faire, montrer, precision
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/adhesion/refus")
async def avant_le_refus(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    f = gestes.exiger("refuser-adhesion", await reprendre(visite, "refus", vu)) or du_jour(visite)
    return montrer(visite, "adhesion_refus", vu, f, refus=choix("motif_refus", visite.aujourdhui))


@routes.post("/dossiers/{dossier}/adhesion/refus")
async def refus(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, "refus", dossier, "adhesion/refus", f)
    if garde := await visite.garder(f, b):
        return garde
    corps: dict[str, Any] = {
        "motif": f.code("motif", "motif_refus", "Choisissez un motif."),
        "precision": precision(f),
        "le": f.date("le", "Indiquez quand il l’a dit.", passee=visite.aujourdhui),
    }
    if f.correct and (faite := await faire(visite, dossier, "refuser-adhesion", corps, f, f.version)):
        await visite.les.brouillons.jeter(visite.personne, b.id)
        return visite.vers(f"/dossiers/{dossier}", "adhesion_refusee", v=faite)
    return montrer(
        visite, "adhesion_refus", await lire(visite, dossier), f, refus=choix("motif_refus", visite.aujourdhui)
    )
