"""The landlord's orientations: where each stands, who is awaited, and its drafts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.attendus import du_bailleur
from services.portail.etapes import DU_BAILLEUR
from services.portail.etapes import GROUPES_DU_BAILLEUR as GROUPES
from services.portail.pages.orientations.nouvelle._brouillon import FORMULAIRE, qui
from services.portail.visite import IdFacultatif, LaVisite

routes = APIRouter()
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get("/orientations")
async def mes_orientations(
    visite: LaVisite, etat: str | None = None, convention: IdFacultatif = None, apres: Apres = None
) -> Response:
    """The list, what waits on whom, and counts that open it."""
    groupe = GROUPES.get(etat or "")
    etapes = list(groupe[1]) if groupe else None
    api = visite.api
    liste, comptes, conventions, brouillons = await asyncio.gather(
        api.lire("dossiers", "/orientations", etape=etapes, convention=convention, apres=apres),
        api.lire("dossiers", "/orientations/comptes", convention=convention),
        api.liste("partenaires", "/conventions"),
        visite.les.brouillons.liste(visite.personne),
    )
    actives = [c for c in conventions if c["statut"] == "active"]
    return visite.page(
        "orientations/liste.html",
        liste=liste,
        comptes=_comptes(comptes, etat if groupe else None, convention),
        etat=etat if groupe else None,
        convention=convention,
        conventions=conventions,
        actives=actives,
        noms={c["association"]: c["association_nom"] for c in conventions},
        brouillons=[(b, qui(b)) for b in brouillons if b.formulaire == FORMULAIRE and not apres],
        etats=DU_BAILLEUR,
        attendu=du_bailleur,
        filtres={nom: v for nom, v in (("etat", etat if groupe else None), ("convention", convention)) if v},
    )


def _comptes(comptes: dict[str, Any], etat: str | None, convention: UUID | None) -> list[tuple[Any, ...]]:
    """One per filter, with its address."""
    suite = f"&convention={convention}" if convention else ""
    found: list[tuple[Any, ...]] = [
        (
            sum(comptes["par_etape"].get(etape, 0) for etape in etapes),
            nom,
            f"/orientations?etat={cle}{suite}",
            cle == etat,
            ton,
        )
        for cle, (nom, etapes, ton) in GROUPES.items()
    ]
    tous = f"/orientations?{suite[1:]}" if suite else "/orientations"
    return [*found, (comptes["total"], "Tous", tous, etat is None, "")]
