"""All the households the association was asked to meet, by where each stands."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.de_qui import Qui, adresse, de_qui, filtre, presenter
from services.portail.equipe import membres
from services.portail.etapes import DE_L_ASSOCIATION
from services.portail.etapes import GROUPES_DE_L_ASSOCIATION as GROUPES
from services.portail.visite import LaVisite

routes = APIRouter()
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get("/menages")
async def menages(visite: LaVisite, etat: str | None = None, referent: Qui = None, apres: Apres = None) -> Response:
    visite.reserver("association")
    qui = de_qui(visite, referent)
    groupe = GROUPES.get(etat or "")
    etapes = list(groupe[1]) if groupe else None
    api = visite.api
    liste, comptes, equipe, conventions = await asyncio.gather(
        api.lire("dossiers", "/portefeuille", etape=etapes, apres=apres, **filtre(visite, qui)),
        api.lire("dossiers", "/portefeuille/comptes", **filtre(visite, qui)),
        membres(visite),
        api.liste("partenaires", "/conventions"),
    )
    etat = etat if groupe else None
    return visite.page(
        "menages.html",
        liste=liste,
        comptes=_comptes(comptes, etat, referent),
        total=comptes["total"],
        choisi=groupe[0] if groupe else None,
        etats=DE_L_ASSOCIATION,
        bailleurs={c["bailleur"]: c["bailleur_nom"] for c in conventions},
        conventions=conventions,
        filtres={nom: v for nom, v in (("etat", etat), ("referent", referent)) if v},
        **presenter(equipe, qui),
    )


def _comptes(comptes: dict[str, Any], etat: str | None, referent: str | None) -> list[tuple[Any, ...]]:
    par_etape = comptes["par_etape"]
    return [
        *(
            (
                sum(par_etape.get(etape, 0) for etape in etapes),
                nom,
                adresse("/menages", {"etat": cle, "referent": referent}),
                cle == etat,
                ton,
            )
            for cle, (nom, etapes, ton) in GROUPES.items()
        ),
        (comptes["total"], "Tous", adresse("/menages", {"referent": referent}), etat is None, ""),
    ]
