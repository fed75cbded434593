"""One appointment: saying what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.pages.dossiers._demarche import faire, precision
from services.portail.pages.dossiers.rendez_vous._rendez_vous import AVEC, ETATS, lus
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
SUITES = {
    "tenir-rendez-vous": ("Il a eu lieu", ""),
    "manquer-rendez-vous": ("Il a été manqué", "Dites pourquoi ci-dessous ; le bailleur ne lit pas la raison."),
    "annuler-rendez-vous": ("Il est annulé", "Pour le déplacer, annulez-le et fixez-en un autre."),
}
"""Act → how it reads among the answers, and more about it."""
MOTIFS = "motif_rendez_vous_manque"


@routes.get("/dossiers/{dossier}/rendez-vous/{rendez_vous}")
async def fiche(visite: LaVisite, dossier: UUID, rendez_vous: UUID) -> Response:
    return await _page(visite, dossier, rendez_vous, Formulaire())


@routes.post("/dossiers/{dossier}/rendez-vous/{rendez_vous}")
async def conclure(visite: LaVisite, dossier: UUID, rendez_vous: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    acte = f.un_de("suite", SUITES, "Dites ce qu’il en a été.")
    corps: dict[str, Any] = {"rendez_vous": rendez_vous}
    if acte == "manquer-rendez-vous":
        corps |= {"motif": f.code("motif", MOTIFS, "Dites pourquoi."), "precision": precision(f)}
    if f.correct and acte and (faite := await faire(visite, dossier, acte, corps, f, None)):
        return visite.vers(f"/dossiers/{dossier}/rendez-vous", "rendez_vous_conclu", v=faite)
    return await _page(visite, dossier, rendez_vous, f)


async def _page(visite: Visite, dossier: UUID, rendez_vous: UUID, f: Formulaire) -> Response:
    donnees = await lus(visite, dossier)
    un = next((r for r in donnees["rendez_vous"] if r["rendez_vous"] == str(rendez_vous)), None)
    if un is None:
        raise Introuvable
    return visite.page(
        "dossiers/rendez_vous/fiche.html",
        200 if f.correct else 422,
        f=f,
        r=un,
        etats=ETATS,
        avec_qui=", ".join(AVEC[qui] for qui in un["avec"]),
        motifs=choix(MOTIFS, visite.aujourdhui),
        suites=[(acte, *dit) for acte, dit in SUITES.items() if donnees["gestes"][acte] is None],
        **donnees,
    )
