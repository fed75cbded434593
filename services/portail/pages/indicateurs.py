"""The funder's pages: what its conventions come to, counted. The parties to a convention see the same page, unmasked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail import graphe
from services.portail.libelles import MOIS, en_date
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

ETAPES = {
    "orientes": "Orientés",
    "acceptes": "Acceptés",
    "adhesions": "Adhésion recueillie",
    "entretiens": "Entretien initial tenu",
    "contrats": "Contrat signé",
    "clos": "Accompagnement terminé",
}
SANS_SUITE = {
    "refuses": "Refusées par l’association",
    "retires": "Retirées par le bailleur",
    "expires": "Restées sans réponse",
    "adhesions_refusees": "Non souhaitées par le ménage",
}
SUIVI = {
    "reevaluations": "Tenues",
    "retards": "En retard",
    "escalades": "Retards remontés à la coordination",
    "manquees": "Échéances manquées",
}
"""The counts of services/dossiers' view « indicateurs », as people read them."""

Annee = Annotated[int | None, Query(ge=2000, le=2100)]


@routes.get("/indicateurs")
async def indicateurs(visite: LaVisite, convention: UUID | None = None, annee: Annee = None) -> Response:
    """The convention asked for, the first in force otherwise; the year asked for, the latest with orientations otherwise."""
    visite.reserver("financeur", "collectivite", "bailleur", "association")
    conventions = await visite.api.liste("partenaires", "/conventions")
    choisie = convention or _premiere(conventions)
    connue = next((c for c in conventions if c["convention"] == str(choisie)), None)
    courante = visite.aujourdhui.year
    vu = await _compter(visite, choisie, [annee] if annee else _recentes(connue, courante)) if choisie else None
    montree = vu["annee"] if vu else courante
    return visite.page(
        "indicateurs.html",
        conventions=conventions,
        convention=connue,
        choisie=str(choisie or ""),
        annee=montree,
        annees=_annees(conventions, montree, courante),
        ici="/indicateurs" if visite.personne.nature in ("financeur", "collectivite") else "/conventions",
        **(_chiffres(vu) if vu else {"vide": True}),
    )


def _premiere(conventions: list[dict[str, Any]]) -> UUID | None:
    actives = [c for c in conventions if c["statut"] == "active"] or conventions
    return UUID(actives[0]["convention"]) if actives else None


def _recentes(convention: dict[str, Any] | None, courante: int) -> list[int]:
    """This year and, early in it, the one before, if the convention had begun: that is what one then reports on."""
    debut = en_date(convention["debut"]) if convention else None
    return [courante, courante - 1] if debut and debut.year < courante else [courante]


async def _compter(visite: Visite, convention: UUID, annees: list[int]) -> dict[str, Any]:
    """The counts of the first of these years in which somebody was oriented; of the first when nobody was."""
    chemin = f"/conventions/{convention}/indicateurs"
    vus: list[dict[str, Any]] = await asyncio.gather(
        *(visite.api.lire("dossiers", chemin, annee=annee) for annee in annees)
    )
    return next((vu for vu in vus if vu["etapes"]["orientes"] != 0), vus[0])


def _annees(conventions: list[dict[str, Any]], choisie: int, courante: int) -> list[int]:
    """From the first convention's first year to this one, latest first; and the one that is shown."""
    debuts = [debut.year for c in conventions if (debut := en_date(c["debut"]))]
    return sorted({*range(min([courante, *debuts]), courante + 1), choisie}, reverse=True)


def _chiffres(vu: dict[str, Any]) -> dict[str, Any]:
    """The API's counts as the tables and charts of the page."""
    etapes = [(nom, vu["etapes"][cle]) for cle, nom in ETAPES.items()]
    par_mois = {nom: vu["par_mois"][cle] for cle, nom in ETAPES.items()}
    plus = max((n for mois in par_mois.values() if mois for n in mois.values()), default=0)
    return {
        "vide": not any(n is None or n for _, n in etapes) and not any(m is None or m for m in par_mois.values()),
        "etapes": etapes,
        "barres": graphe.couchees(etapes),
        "sans_suite": [(nom, vu[cle]) for cle, nom in SANS_SUITE.items()],
        "suivi": [(nom, vu[cle]) for cle, nom in SUIVI.items()],
        "mensuels": [(nom, m, None if m is None else graphe.debout(m, plus)) for nom, m in par_mois.items()],
        "mensuels_tus": not any(par_mois.values()),
        "mois": MOIS,
        "seuil": vu["seuil"],
    }
