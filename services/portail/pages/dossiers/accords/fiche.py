"""One purpose a household agrees to, or takes back: recorded by whichever of the two organisations it told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable, Refusee
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix, libelle
from services.portail.pages.dossiers.accords._accords import FINALITES, acte, presenter, voir
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/dossiers/{dossier}/accords/{finalite}")
async def accord(visite: LaVisite, dossier: UUID, finalite: str) -> Response:
    if finalite not in FINALITES:
        raise Introuvable
    vu, gestes = await voir(visite, dossier)
    gestes.exiger(acte(vu, finalite))
    return _page(visite, vu, finalite, Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}"))


@routes.post("/dossiers/{dossier}/accords/{finalite}")
async def noter(visite: LaVisite, dossier: UUID, finalite: str) -> Response:
    """Record the agreement, or its withdrawal: the form says which, so that pressing twice does not undo."""
    visite.reserver("bailleur", "association")
    if finalite not in FINALITES:
        raise Introuvable
    f = await visite.formulaire()
    retrait = f.brut("quoi") == "retirer"
    corps: dict[str, Any] = {"finalite": finalite}
    if not retrait:
        corps["support"] = f.code("support", "support_contact", "Dites comment le ménage l’a exprimé.")
    corps["le"] = f.date("le", "Indiquez la date.", passee=visite.aujourdhui)
    if f.correct:
        nom = "retirer-consentement" if retrait else "recueillir-consentement"
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/{nom}", corps, f.commande)
            dire = f"accord_retire_{finalite}" if retrait else "accord_recueilli"
            return visite.vers(f"/dossiers/{dossier}", dire, v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/support": "support", "/le": "le"})
    vu, _ = await voir(visite, dossier)
    return _page(visite, vu, finalite, f)


def _page(visite: Visite, vu: dict[str, Any], finalite: str, f: Formulaire) -> Response:
    return visite.page(
        "dossiers/accords/fiche.html",
        200 if f.correct else 422,
        f=f,
        finalite=finalite,
        titre=libelle(finalite, "finalite_consentement"),
        permet=FINALITES[finalite][0],
        retirer=FINALITES[finalite][1],
        donne=finalite in vu["consentements"],
        supports=choix("support_contact", visite.aujourdhui),
        **presenter(visite, vu),
    )
