"""Orienting a household, third page: its agreement, without which nothing is sent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.brouillon import Brouillon
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.pages.orientations.nouvelle._brouillon import (
    ailleurs,
    continuer,
    ouvrir,
    page,
)
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/orientations/nouvelle/{id_}/accord")
async def montrer(visite: LaVisite, id_: UUID) -> Response:
    visite.reserver("bailleur")
    b = await ouvrir(visite, id_)
    return ailleurs(b) or await _afficher(visite, b, Formulaire(b.saisies))


@routes.post("/orientations/nouvelle/{id_}/accord")
async def recevoir(visite: LaVisite, id_: UUID) -> Response:
    return await continuer(visite, id_, "accord", lire, _afficher)


def lire(f: Formulaire, le: date) -> dict[str, Any]:
    accord = f.un_de("accord", ("oui", "non"), "Dites si le ménage est d’accord.")
    if accord == "non":
        f.generale = (
            "Sans l’accord du ménage, rien ne peut être transmis. Enregistrez le brouillon, et reprenez-le quand vous "
            "aurez son accord."
        )
    return {
        "support": f.code("support", "support_contact", "Dites comment l’accord a été recueilli."),
        "le": f.date("le", "Indiquez la date de l’accord.", passee=le),
        "synthese": f.coche("synthese"),
    }


async def _afficher(visite: Visite, b: Brouillon, f: Formulaire) -> Response:
    f.valeurs.setdefault("le", [f"{visite.aujourdhui:%d/%m/%Y}"])
    return page(visite, b, "accord", f, supports=choix("support_contact", visite.aujourdhui))
