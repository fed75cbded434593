"""The contract as the household signs it, then the landlord's own sheet: its dates and promises, no objective."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable
from services.portail.contrat import engagements
from services.portail.dossier import communs
from services.portail.equipe import membres, noms
from services.portail.libelles import jour
from services.portail.pages.dossiers._contrat import voir
from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/contrat/imprimer")
async def imprimer(visite: LaVisite, dossier: UUID) -> Response:
    (vu, convention), equipe = await asyncio.gather(voir(visite, dossier), membres(visite))
    if not vu["contrat"] or vu["efface"]:
        raise Introuvable
    signatures = {s["partie"]: f"Signé le {jour(s['le'])}" for s in vu["contrat"]["signatures"]}
    return visite.page(
        "dossiers/contrat_imprimer.html",
        contrat=vu["contrat"],
        engagements=engagements(vu),
        du_bailleur=[e["texte"] for e in vu["contrat"]["engagements"] if e["partie"] == "bailleur"],
        bailleur=convention["bailleur_nom"] if convention else "Le bailleur",
        dispositif=convention["dispositif_nom"] if convention else "",
        referent=noms(equipe).get(vu["referent"], "") if vu["referent"] else "",
        signatures=signatures,
        a_signer={"menage", "association"} - set(signatures),
        **communs(vu),
    )
