"""The household wants to be accompanied."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import lire, ouvrir
from services.portail.pages.dossiers._demarche import contact, du_jour, faire, montrer, supports
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/adhesion")
async def avant_l_adhesion(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    gestes.exiger("recueillir-adhesion")
    return montrer(visite, "adhesion", vu, du_jour(visite), supports=supports(visite))


@routes.post("/dossiers/{dossier}/adhesion")
async def adhesion(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    corps = contact(visite, f, "Dites comment le ménage l’a exprimé.")
    if f.correct and (faite := await faire(visite, dossier, "recueillir-adhesion", corps, f, f.version)):
        return visite.vers(f"/dossiers/{dossier}", "adhesion_recueillie", v=faite)
    return montrer(visite, "adhesion", await lire(visite, dossier), f, supports=supports(visite))
