"""Orienting a household, second page: why, and towards whom."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from msgspec.structs import replace

from services.portail.brouillon import Brouillon
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.pages.orientations.nouvelle._brouillon import (
    ailleurs,
    continuer,
    ouvrir,
    page,
    proposer,
)
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/orientations/nouvelle/{id_}/motif")
async def montrer(visite: LaVisite, id_: UUID, dossier: UUID | None = None) -> Response:
    visite.reserver("bailleur")
    b = await ouvrir(visite, id_, dossier)
    return ailleurs(b) or await _afficher(visite, b, Formulaire(b.saisies))


@routes.post("/orientations/nouvelle/{id_}/motif")
async def recevoir(visite: LaVisite, id_: UUID) -> Response:
    return await continuer(visite, id_, "motif", lire, _afficher)


def lire(f: Formulaire, le: date) -> dict[str, Any]:
    return {
        "convention": f.ligne("convention", "Choisissez l’association."),
        "motifs": f.codes("motifs", "motif_orientation", "Cochez au moins un motif."),
        "constat": f.texte("constat", "Décrivez ce que vous avez constaté."),
        "expose": f.texte("expose"),
    }


async def _afficher(visite: Visite, b: Brouillon, f: Formulaire) -> Response:
    """A household oriented before begins with what was said of it then."""
    offres, vu = await proposer(visite, b)
    if vu and not b.modifie_le:
        b = replace(b, menage=UUID(vu["menage"]))
        for nom, dit in (("motifs", vu["motifs"]), ("constat", [vu["constat"]]), ("expose", [vu["expose"]])):
            f.valeurs.setdefault(nom, [text for text in dit if text])
    if len(offres) == 1:
        f.valeurs.setdefault("convention", [offres[0]["convention"]])
    return page(visite, b, "motif", f, offres=offres, motifs=choix("motif_orientation", visite.aujourdhui))
