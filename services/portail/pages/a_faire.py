"""What the association has to do, most urgent first, and what was begun."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.attendus import geste
from services.portail.brouillon import Brouillon
from services.portail.de_qui import Qui, adresse, de_qui, filtre, presenter
from services.portail.dossier import lignes
from services.portail.equipe import membres
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
TRANCHES = {
    "en_retard": ("En retard", "mal"),
    "sept_jours": ("Dans les 7 jours", "moi"),
    "trente_jours": ("Dans les 30 jours", ""),
    "plus_tard": ("Plus tard", ""),
    "sans_echeance": ("Sans échéance", ""),
}
"""The due work by how soon: label, tone of its count."""
BROUILLONS = {
    "point": "Point bimestriel",
    "entretien": "Entretien initial",
    "contrat": "Contrat",
    "note": "Note",
    "reponse": "Refus d’une orientation",
    "refus": "Adhésion refusée",
    "clore": "Fin de l’accompagnement",
}
"""The forms with a draft that this page gives back."""
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get("/a-faire")
async def a_faire(visite: LaVisite, tranche: str | None = None, referent: Qui = None, apres: Apres = None) -> Response:
    """The due work and its counts; drafts first, since they were begun."""
    visite.reserver("association")
    qui = de_qui(visite, referent)
    tranche = tranche if tranche in TRANCHES else None
    api = visite.api
    liste, comptes, equipe, brouillons = await asyncio.gather(
        api.lire("dossiers", "/travail", tranche=tranche, apres=apres, **filtre(visite, qui)),
        api.lire("dossiers", "/travail/comptes", **filtre(visite, qui)),
        membres(visite),
        _brouillons(visite, apres),
    )
    connus = await lignes(visite, [*(t["dossier"] for t in liste["elements"]), *(str(b.dossier) for b in brouillons)])
    filtres = {"referent": referent}
    return visite.page(
        "a_faire.html",
        liste=liste,
        comptes=_comptes(comptes, tranche, filtres),
        total=comptes["total"],
        lignes=[(t, geste(t["quoi"], t["dossier"]), _nom(connus, t["dossier"])) for t in liste["elements"]],
        brouillons=[(b, BROUILLONS[b.formulaire], _nom(connus, str(b.dossier))) for b in brouillons],
        choisi=TRANCHES[tranche][0] if tranche else None,
        filtres={nom: v for nom, v in {**filtres, "tranche": tranche}.items() if v},
        **presenter(equipe, qui),
    )  # fmt: skip


@routes.post("/a-faire/brouillons/{id_}/supprimer")
async def supprimer(visite: LaVisite, id_: UUID) -> Response:
    """Throw away a draft of one's own: whatever its dossier has become."""
    visite.reserver("association")
    await visite.les.brouillons.jeter(visite.personne, id_)
    return visite.vers("/a-faire", "brouillon_jete")


# Counts


def _comptes(comptes: dict[str, Any], tranche: str | None, filtres: dict[str, str | None]) -> list[tuple[Any, ...]]:
    par_tranche = comptes["par_tranche"]
    return [
        *(
            (par_tranche[cle], nom, adresse("/a-faire", {**filtres, "tranche": cle}), cle == tranche, ton)
            for cle, (nom, ton) in TRANCHES.items()
        ),
        (comptes["total"], "Tout", adresse("/a-faire", filtres), tranche is None, ""),
    ]


# Names, which the due work does not carry


def _nom(connus: dict[str, dict[str, Any]], dossier: str) -> str:
    row = connus.get(dossier)
    return nom_du_menage(row) if row else "Ménage"


async def _brouillons(visite: Visite, apres: str | None) -> list[Brouillon]:
    """The person's own, on the first page only."""
    if apres:
        return []
    return [b for b in await visite.les.brouillons.liste(visite.personne) if b.formulaire in BROUILLONS and b.dossier]
