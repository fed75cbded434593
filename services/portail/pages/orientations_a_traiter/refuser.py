"""Refusing an orientation: for a reason, at a step, by somebody."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from msgspec.structs import replace

from services.portail.api import Refusee
from services.portail.attendus import A_TRAITER
from services.portail.dossier import montre
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_du_dossier
from services.portail.libelles import choix
from services.portail.pages.orientations_a_traiter._demande import REFUS, presenter, voir
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get(A_TRAITER + "/{dossier}/refuser")
async def avant_de_refuser(visite: LaVisite, dossier: UUID) -> Response:
    (vu, conventions), gestes = await asyncio.gather(voir(visite, dossier), gestes_du_dossier(visite, dossier))
    repris = gestes.exiger("refuser-orientation", await reprendre(visite, REFUS, vu))
    return _page(visite, vu, conventions, repris or Formulaire.neuf(auteur="association", etape="proposition"))


@routes.post(A_TRAITER + "/{dossier}/refuser")
async def refuser(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    b = replace(brouillon(visite, REFUS, dossier, "", f), adresse=f"{A_TRAITER}/{dossier}/refuser")
    if garde := await visite.garder(f, b):
        return garde
    corps = {
        "motif": f.code("motif", "motif_refus", "Choisissez un motif."),
        "precision": f.texte("precision", "Précisez le motif." if f.brut("motif") == "autre" else None),
        "auteur": f.code("auteur", "auteur_refus", "Dites qui refuse."),
        "etape": f.code("etape", "etape_refus", "Dites à quelle étape."),
    }
    if f.correct:
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/refuser-orientation", corps, f.commande)
            await visite.les.brouillons.jeter(visite.personne, b.id)
            await montre(visite, dossier, effet.version)
            return visite.vers(A_TRAITER, "orientation_refusee")
        except Refusee as refus:
            f.refuser(refus, {f"/{nom}": nom for nom in corps})
    return _page(visite, *await voir(visite, dossier), f)


def _page(visite: Visite, vu: dict[str, Any], conventions: list[dict[str, Any]], f: Formulaire) -> Response:
    le = visite.aujourdhui
    return visite.page(
        "orientations_a_traiter/refuser.html",
        200 if f.correct else 422,
        f=f,
        motifs=choix("motif_refus", le),
        auteurs=choix("auteur_refus", le),
        etapes=[(code, nom) for code, nom in choix("etape_refus", le) if code != "apres_acceptation"],
        **presenter(vu, conventions),
    )
