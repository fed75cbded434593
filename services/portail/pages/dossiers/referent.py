"""One household's référent, from its sheet."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable, Refusee
from services.portail.dossier import lignes
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_du_dossier
from services.portail.menage import nom as nom_du_menage
from services.portail.pages.charge._charge import charge_de
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/referent")
async def avant_de_designer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    gestes, page = await asyncio.gather(gestes_du_dossier(visite, dossier), _page(visite, dossier, Formulaire()))
    gestes.exiger("designer-referent")
    return page


@routes.post("/dossiers/{dossier}/referent")
async def designer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    referent = f.ligne("referent", "Choisissez qui suit ce ménage.")
    if f.correct:
        try:
            effet = await visite.api.faire(
                "dossiers", f"/dossiers/{dossier}/designer-referent", {"referent": referent}, f.commande
            )
            return visite.vers(f"/dossiers/{dossier}", "dossier_confie", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/referent": "referent"})
    return await _page(visite, dossier, f)


async def _page(visite: Visite, dossier: UUID, f: Formulaire) -> Response:
    la, connus = await asyncio.gather(charge_de(visite), lignes(visite, [str(dossier)]))
    row = connus.get(str(dossier))
    if row is None:
        raise Introuvable
    return visite.page(
        "dossiers/referent.html",
        200 if f.correct else 422,
        f=f,
        dossier=dossier,
        nom=nom_du_menage(row),
        actuel=la.nom(row["referent"]) if row["referent"] else None,
        choix=la.choix(sauf=row["referent"]),
        ici="/charge",
    )
