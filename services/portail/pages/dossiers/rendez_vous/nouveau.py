"""Making an appointment: which day, at what time, where, and who comes."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.formulaire import Formulaire
from services.portail.pages.dossiers._demarche import faire
from services.portail.pages.dossiers.rendez_vous._rendez_vous import lus
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
VIENNENT = [
    ("menage", "Le ménage", ""),
    ("bailleur", "Le bailleur", "Il verra le jour, l’heure et le lieu de ce rendez-vous ; pas son objet."),
]
_HEURE = re.compile(r"(\d{1,2})\s*(?:h|:|heures?)\s*(\d{2})?", re.IGNORECASE)


@routes.get("/dossiers/{dossier}/rendez-vous/nouveau")
async def avant_de_fixer(visite: LaVisite, dossier: UUID) -> Response:
    return await _page(visite, dossier, Formulaire.neuf(avec=["menage"]))


@routes.post("/dossiers/{dossier}/rendez-vous/nouveau")
async def fixer(visite: LaVisite, dossier: UUID) -> Response:
    """Its id comes from the form's, so that sending twice makes one."""
    visite.reserver("association")
    f = await visite.formulaire()
    corps = {
        "rendez_vous": uuid5(f.commande, "rendez-vous"),
        "jour": f.date("jour", "Indiquez le jour."),
        "heure": heure(f),
        "lieu": f.ligne("lieu", "Dites où."),
        "avec": [qui for qui, _, _ in VIENNENT if qui in f.bruts("avec")],
        "objet": f.ligne("objet"),
    }
    if not corps["avec"]:
        f.erreur("avec", "Dites qui vient.")
    if f.correct and (faite := await faire(visite, dossier, "fixer-rendez-vous", corps, f, None)):
        return visite.vers(f"/dossiers/{dossier}/rendez-vous", "rendez_vous_fixe", v=faite)
    return await _page(visite, dossier, f)


def heure(f: Formulaire) -> str | None:
    """« 9h », « 14h30 », « 14:30 » as 14:30."""
    text = f.ligne("heure", "Indiquez l’heure.")
    found = _HEURE.fullmatch(text)
    if text and (found is None or int(found[1]) > 23 or int(found[2] or 0) > 59):
        f.erreur("heure", "Écrivez l’heure ainsi : 14h30.")
        return None
    return f"{int(found[1]):02}:{int(found[2] or 0):02}" if found else None


async def _page(visite: Visite, dossier: UUID, f: Formulaire) -> Response:
    visite.reserver("association")
    donnees = await lus(visite, dossier)
    return visite.page(
        "dossiers/rendez_vous/nouveau.html",
        200 if f.correct else 422,
        f=f,
        viennent=VIENNENT,
        non=donnees["gestes"]["fixer-rendez-vous"],
        **donnees,
    )
