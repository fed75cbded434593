"""Everybody's load, and whom to give the households that are nobody's."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.etapes import DE_L_ASSOCIATION
from services.portail.formulaire import Formulaire
from services.portail.pages.charge._charge import charge_de, designer, dossier_de
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
TRANCHES = {
    "en_retard": "En retard",
    "sept_jours": "7 jours",
    "trente_jours": "30 jours",
    "plus_tard": "Plus tard",
    "sans_echeance": "Sans échéance",
}
"""Columns of the load: each number opens the list of the same name."""
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get("/charge")
async def charge(visite: LaVisite, apres: Apres = None) -> Response:
    visite.reserver("association", role="coordinateur")
    return await _page(visite, Formulaire(), apres)


@routes.post("/charge")
async def confier(visite: LaVisite, apres: Apres = None) -> Response:
    """Each household to whoever was chosen beside it; those without a choice stay as they are."""
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    choisis = {d: v for d, v in ((dossier_de(nom), f.brut(nom)) for nom in f.valeurs) if d and v}
    if not choisis:
        f.generale = "Choisissez un référent pour un ménage au moins."
    elif await designer(visite, f, choisis):
        return visite.vers("/charge", "dossiers_confies")
    return await _page(visite, f, apres)


async def _page(visite: Visite, f: Formulaire, apres: str | None) -> Response:
    la, sans = await asyncio.gather(
        charge_de(visite),
        visite.api.lire("dossiers", "/portefeuille", sans_referent=True, suivis=True, apres=apres),
    )
    return visite.page(
        "charge/liste.html",
        200 if f.correct else 422,
        f=f,
        charge=la,
        choix=la.choix(),
        sans=sans,
        apres=apres,
        etats=DE_L_ASSOCIATION,
        tranches=TRANCHES,
    )
