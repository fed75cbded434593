"""What the association has to do, most urgent first, and all the households it was asked to meet."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.brouillon import Brouillon
from services.portail.libelles import nom_complet
from services.portail.pages.association import ETAPES, geste, membres, noms, referents
from services.portail.pages.coordinateur import menages as lire_menages
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

GROUPES = {
    "a-traiter": ("À traiter", ("orientee", "a_l_etude"), "moi"),
    "en-demarrage": ("En démarrage", ("acceptee", "adhesion", "entretien"), ""),
    "accompagnes": ("Accompagnés", ("sous_contrat",), ""),
    "sans-suite": ("Sans suite", ("refusee", "retiree", "expiree", "adhesion_refusee"), ""),
    "termines": ("Terminés", ("clos",), ""),
}
"""Filter → label, the stages it gathers, tone of its count."""

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
Qui = Annotated[str | None, Query(max_length=40)]


@routes.get("/a-faire")
async def a_faire(visite: LaVisite, tranche: str | None = None, referent: Qui = None, apres: Apres = None) -> Response:
    """The due work and its counts; drafts first, since they were begun."""
    visite.reserver("association")
    qui = _qui(visite, referent)
    tranche = tranche if tranche in TRANCHES else None
    api = visite.api
    liste, comptes, equipe, brouillons = await asyncio.gather(
        api.lire("dossiers", "/travail", tranche=tranche, apres=apres, **_filtre(visite, qui)),
        api.lire("dossiers", "/travail/comptes", **_filtre(visite, qui)),
        membres(visite),
        _brouillons(visite, apres),
    )
    connus = await lire_menages(
        visite, [*(t["dossier"] for t in liste["elements"]), *(str(b.dossier) for b in brouillons)]
    )
    filtres = {"referent": referent}
    return visite.page(
        "referent/a_faire.html",
        liste=liste,
        comptes=_comptes(comptes, tranche, filtres),
        total=comptes["total"],
        lignes=[(t, geste(t["attendu"], t["echeance"], t["dossier"]), _nom(connus, t["dossier"])) for t in liste["elements"]],
        brouillons=[(b, BROUILLONS[b.formulaire], _nom(connus, str(b.dossier))) for b in brouillons],
        choisi=TRANCHES[tranche][0] if tranche else None,
        filtres={nom: v for nom, v in {**filtres, "tranche": tranche}.items() if v},
        **_equipe(equipe, qui),
    )  # fmt: skip


@routes.get("/menages")
async def menages(visite: LaVisite, etat: str | None = None, referent: Qui = None, apres: Apres = None) -> Response:
    """The portfolio, by where each household stands."""
    visite.reserver("association")
    qui = _qui(visite, referent)
    groupe = GROUPES.get(etat or "")
    etapes = list(groupe[1]) if groupe else None
    api = visite.api
    liste, comptes, equipe, conventions = await asyncio.gather(
        api.lire("dossiers", "/portefeuille", etape=etapes, apres=apres, **_filtre(visite, qui)),
        api.lire("dossiers", "/portefeuille/comptes", **_filtre(visite, qui)),
        membres(visite),
        api.liste("partenaires", "/conventions"),
    )
    etat = etat if groupe else None
    return visite.page(
        "referent/menages.html",
        liste=liste,
        comptes=_comptes_des_etapes(comptes, etat, referent),
        total=comptes["total"],
        choisi=groupe[0] if groupe else None,
        etats=ETAPES,
        bailleurs={c["bailleur"]: c["bailleur_nom"] for c in conventions},
        conventions=conventions,
        filtres={nom: v for nom, v in (("etat", etat), ("referent", referent)) if v},
        **_equipe(equipe, qui),
    )


@routes.post("/a-faire/brouillons/{id_}/supprimer")
async def supprimer(visite: LaVisite, id_: UUID) -> Response:
    """Throw away a draft of one's own: whatever its dossier has become."""
    visite.reserver("association")
    await visite.les.brouillons.jeter(visite.personne, id_)
    return visite.vers("/a-faire", "brouillon_jete")


# Whose


def _qui(visite: Visite, demande: str | None) -> str:
    """Whose dossiers: « moi », « tous », « personne » (nobody's yet), or a member. A référent begins with their own."""
    match demande:
        case "moi" | "tous" | "personne":
            return demande
        case None | "":
            return "moi" if "coordinateur" not in visite.personne.roles else "tous"
        case _:
            try:
                membre = UUID(demande)
            except ValueError:
                return "tous"
            return "moi" if membre == visite.personne.membre else str(membre)


def _filtre(visite: Visite, qui: str) -> dict[str, Any]:
    match qui:
        case "tous":
            return {}
        case "personne":
            return {"sans_referent": True}
        case "moi":
            return {"referent": visite.personne.membre}
        case membre:
            return {"referent": membre}


def _equipe(equipe: list[dict[str, Any]], qui: str) -> dict[str, Any]:
    """Who may be chosen in the filter, and everybody's name."""
    return {"qui": qui, "referents": referents(equipe), "noms": noms(equipe)}


# Counts


def _comptes(comptes: dict[str, Any], tranche: str | None, filtres: dict[str, str | None]) -> list[tuple[Any, ...]]:
    par_tranche = comptes["par_tranche"]
    return [
        *(
            (par_tranche[cle], nom, _adresse("/a-faire", {**filtres, "tranche": cle}), cle == tranche, ton)
            for cle, (nom, ton) in TRANCHES.items()
        ),
        (comptes["total"], "Tout", _adresse("/a-faire", filtres), tranche is None, ""),
    ]


def _comptes_des_etapes(comptes: dict[str, Any], etat: str | None, referent: str | None) -> list[tuple[Any, ...]]:
    par_etape = comptes["par_etape"]
    return [
        *(
            (
                sum(par_etape.get(etape, 0) for etape in etapes),
                nom,
                _adresse("/menages", {"etat": cle, "referent": referent}),
                cle == etat,
                ton,
            )
            for cle, (nom, etapes, ton) in GROUPES.items()
        ),
        (comptes["total"], "Tous", _adresse("/menages", {"referent": referent}), etat is None, ""),
    ]


def _adresse(page: str, filtres: dict[str, str | None]) -> str:
    query = urlencode({nom: v for nom, v in filtres.items() if v})
    return f"{page}?{query}" if query else page


# Names, which the due work does not carry


def _nom(connus: dict[str, dict[str, Any]], dossier: str) -> str:
    row = connus.get(dossier)
    return nom_complet(row["identite"], row["efface"]) if row else "Ménage"


async def _brouillons(visite: Visite, apres: str | None) -> list[Brouillon]:
    """The person's own, on the first page only."""
    if apres:
        return []
    return [b for b in await visite.les.brouillons.liste(visite.personne) if b.formulaire in BROUILLONS and b.dossier]
