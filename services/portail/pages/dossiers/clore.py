"""The follow-up ends, for a reason and towards a situation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.dossier import lire, ouvrir
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.pages.dossiers._demarche import du_jour, faire, montrer, precision
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/clore")
async def avant_de_clore(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    return _page(visite, vu, gestes.exiger("clore", await reprendre(visite, "clore", vu)) or du_jour(visite))


@routes.post("/dossiers/{dossier}/clore")
async def clore(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, "clore", dossier, "clore", f)
    if garde := await visite.garder(f, b):
        return garde
    corps: dict[str, Any] = {
        "motif": f.code("motif", "motif_sortie", "Choisissez le motif."),
        "situation": f.code("situation", "situation_sortie", "Dites où habite le ménage à présent."),
        "precision": precision(f),
        "le": f.date("le", "Indiquez la date de fin.", passee=visite.aujourdhui),
    }
    if f.correct and (faite := await faire(visite, dossier, "clore", corps, f, f.version)):
        await visite.les.brouillons.jeter(visite.personne, b.id)
        return visite.vers(f"/dossiers/{dossier}", "dossier_clos", v=faite)
    return _page(visite, await lire(visite, dossier), f)


def _page(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    le = visite.aujourdhui
    sorties, situations = choix("motif_sortie", le), choix("situation_sortie", le)
    return montrer(visite, "clore", vu, f, sorties=sorties, situations=situations)
