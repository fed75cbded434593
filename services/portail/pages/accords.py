"""What a household agrees to, and takes back: recorded by whichever of the two organisations it told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable, Refusee
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix, libelle, nom_complet
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

FINALITES = {
    "transmission": (
        "La situation du ménage est transmise à l’association.",
        "Plus rien n’est transmis. Une orientation à laquelle l’association n’a pas répondu est annulée.",
    ),
    "partage_synthese": (
        "Le bailleur lit la synthèse des points bimestriels.",
        "Le bailleur ne voit plus la synthèse des points bimestriels.",
    ),
    "partenaires": (
        "L’association peut faire appel à des partenaires spécialisés.",
        "L’association ne fait plus appel à des partenaires pour ce ménage.",
    ),
}
"""Purpose → what it allows, what taking it back does."""


@routes.get("/dossiers/{dossier}/accords")
async def accords(visite: LaVisite, dossier: UUID) -> Response:
    vu = await _voir(visite, dossier)
    return visite.page("commun/accords.html", finalites=FINALITES, **_communs(visite, vu))


@routes.get("/dossiers/{dossier}/accords/{finalite}")
async def accord(visite: LaVisite, dossier: UUID, finalite: str) -> Response:
    return _page(visite, await _voir(visite, dossier), finalite, Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}"))


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
    return _page(visite, await _voir(visite, dossier), finalite, f)


async def _voir(visite: Visite, dossier: UUID) -> dict[str, Any]:
    visite.reserver("bailleur", "association")
    vu: dict[str, Any] = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    return vu


def _page(visite: Visite, vu: dict[str, Any], finalite: str, f: Formulaire) -> Response:
    if finalite not in FINALITES:
        raise Introuvable
    return visite.page(
        "commun/accord.html",
        200 if f.correct else 422,
        f=f,
        finalite=finalite,
        titre=libelle(finalite, "finalite_consentement"),
        permet=FINALITES[finalite][0],
        retirer=FINALITES[finalite][1],
        donne=finalite in vu["consentements"],
        supports=choix("support_contact", visite.aujourdhui),
        **_communs(visite, vu),
    )


def _communs(visite: Visite, vu: dict[str, Any]) -> dict[str, Any]:
    ici = "/orientations" if visite.personne.nature == "bailleur" else "/menages"
    return {"vu": vu, "nom": nom_complet(vu["identite"], vu["efface"]), "ici": ici}
