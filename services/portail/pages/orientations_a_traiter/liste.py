"""The orientations an association has to answer, the soonest deadline first, each with its answer in one press."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.attendus import A_TRAITER
from services.portail.communes import libelle as commune
from services.portail.dossier import lignes
from services.portail.etapes import PRECISIONS
from services.portail.formulaire import Formulaire
from services.portail.menage import foyer, motifs
from services.portail.pages.orientations_a_traiter._demande import REFUS
from services.portail.places import places_de
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get(A_TRAITER)
async def a_traiter(visite: LaVisite, apres: Apres = None) -> Response:
    visite.reserver("association")
    return await montrer(visite, Formulaire(), apres)


async def montrer(visite: Visite, f: Formulaire, apres: str | None = None) -> Response:
    api = visite.api
    travail, conventions, sans_referent, brouillons = await asyncio.gather(
        api.lire("dossiers", "/travail", attendu="repondre", apres=apres),
        api.liste("partenaires", "/conventions"),
        api.lire("dossiers", "/portefeuille", sans_referent=True, suivis=True, limite=1),
        visite.les.brouillons.liste(visite.personne),
    )
    ids = [t["dossier"] for t in travail["elements"]]
    connus, places = await asyncio.gather(lignes(visite, ids), places_de(visite, conventions))
    par_id = {c["convention"]: c for c in conventions}
    return visite.page(
        "orientations_a_traiter/liste.html",
        200 if f.correct else 422,
        f=f,
        liste=travail,
        demandes=[
            (t, connus[t["dossier"]], par_id.get(t["convention"]), places.get(t["convention"]))
            for t in travail["elements"]
            if t["dossier"] in connus
        ],
        actives=[(c, places.get(c["convention"])) for c in conventions if c["statut"] == "active"],
        commences={str(b.dossier) for b in brouillons if b.formulaire == REFUS},
        a_confier=sans_referent["total"],
        precisions=PRECISIONS,
        commune=commune,
        foyer=foyer,
        motifs=motifs,
        ici=A_TRAITER,
    )
