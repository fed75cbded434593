"""The landlord's signature of the contract it has read."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable, Refusee
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_du_dossier
from services.portail.libelles import choix
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/signer")
async def avant_de_signer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("bailleur")
    vu, gestes = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}"), gestes_du_dossier(visite, dossier)
    )
    gestes.exiger("signer-contrat:bailleur")
    return _page(visite, vu, Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}"))


@routes.post("/dossiers/{dossier}/signer")
async def signer(visite: LaVisite, dossier: UUID) -> Response:
    """Record the landlord's signature of the contract that the page showed: another in its place is refused."""
    visite.reserver("bailleur")
    f = await visite.formulaire()
    moyen = f.code("moyen", "moyen_signature", "Dites comment vous avez signé.")
    le = f.date("le", "Indiquez la date de la signature.", passee=visite.aujourdhui)
    if f.correct:
        corps = {"contrat": f.brut("contrat"), "partie": "bailleur", "moyen": moyen, "le": le}
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/signer-contrat", corps, f.commande)
            return visite.vers(f"/dossiers/{dossier}", "signature_enregistree", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/moyen": "moyen", "/le": "le"})
    return _page(visite, await visite.api.lire("dossiers", f"/dossiers/{dossier}"), f)


def _page(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    if not vu["contrat"]:
        raise Introuvable
    return visite.page(
        "dossiers/signer.html",
        200 if f.correct else 422,
        f=f,
        vu=vu,
        nom=nom_du_menage(vu),
        moyens=choix("moyen_signature", visite.aujourdhui),
        ici="/orientations",
    )
