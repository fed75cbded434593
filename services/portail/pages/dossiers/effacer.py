"""Destroying what the association knows of the household, for good."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import lire, ouvrir
from services.portail.formulaire import Formulaire
from services.portail.pages.dossiers._demarche import faire, montrer
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/effacer")
async def avant_d_effacer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    vu, gestes = await ouvrir(visite, dossier)
    gestes.exiger("effacer-donnees")
    return montrer(visite, "effacer", vu, Formulaire())


@routes.post("/dossiers/{dossier}/effacer")
async def effacer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    if not f.coche("certain"):
        f.erreur("certain", "Cochez la case pour confirmer : rien ne pourra être retrouvé ensuite.")
    if f.correct and (faite := await faire(visite, dossier, "effacer-donnees", {}, f, None)):
        return visite.vers(f"/dossiers/{dossier}", "donnees_effacees", v=faite)
    return montrer(visite, "effacer", await lire(visite, dossier), f)
