"""The association met the household: when, and how."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import ouvrir
from services.portail.pages.dossiers._demarche import contact, du_jour, faire, montrer, supports
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/rencontre")
async def avant_la_rencontre(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    gestes.exiger("tenir-rencontre")
    noter = gestes.peut("deposer-note")
    return montrer(visite, "rencontre", vu, du_jour(visite), supports=supports(visite), noter=noter)


@routes.post("/dossiers/{dossier}/rencontre")
async def rencontre(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    corps = contact(visite, f, "Dites comment vous l’avez rencontré.")
    if f.correct and (faite := await faire(visite, dossier, "tenir-rencontre", corps, f, None)):
        return visite.vers(f"/dossiers/{dossier}", "rencontre_notee", v=faite)
    vu, gestes = await ouvrir(visite, dossier)
    noter = gestes.peut("deposer-note")
    return montrer(visite, "rencontre", vu, f, supports=supports(visite), noter=noter)
