"""One member's households, to be given to somebody else."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable
from services.portail.etapes import DE_L_ASSOCIATION
from services.portail.formulaire import Formulaire
from services.portail.menage import nom as nom_du_menage
from services.portail.pages.charge._charge import charge_de, designer, dossier_de
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/charge/{membre}")
async def avant_de_remplacer(visite: LaVisite, membre: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    return await _page(visite, membre, None)


@routes.post("/charge/{membre}")
async def remplacer(visite: LaVisite, membre: UUID) -> Response:
    """Give the ticked households of one member to another."""
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    dossiers = [d for d in f.bruts("dossiers") if dossier_de(f"referent-{d}")]
    if not dossiers:
        f.erreur("dossiers", "Cochez un ménage au moins.")
    nouveau = f.ligne("referent", "Choisissez qui les suivra.")
    if f.correct and await designer(visite, f, dict.fromkeys(dossiers, nouveau)):
        return visite.vers("/charge", "dossiers_confies")
    return await _page(visite, membre, f)


async def _page(visite: Visite, membre: UUID, f: Formulaire | None) -> Response:
    la, suivis = await asyncio.gather(
        charge_de(visite),
        visite.api.lire("dossiers", "/portefeuille", referent=membre, suivis=True, limite=200),
    )
    ligne = next((x for x in la.lignes if x["referent"] == str(membre)), None)
    if ligne is None:
        raise Introuvable
    tous = [row["dossier"] for row in suivis["elements"]]
    # Who has left follows nobody any more; of a colleague's, one usually moves a few.
    f = f or Formulaire.neuf(dossiers=[] if ligne["actif"] else tous)
    return visite.page(
        "charge/fiche.html",
        200 if f.correct else 422,
        f=f,
        ligne=ligne,
        qui=la.nom(str(membre)),
        reste=suivis["total"] - len(tous),
        menages=[
            (row["dossier"], nom_du_menage(row), DE_L_ASSOCIATION[row["etape"]].libelle) for row in suivis["elements"]
        ],
        choix=la.choix(sauf=str(membre)),
        ici="/charge",
    )
