"""Proposing a convention to the other party."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.formulaire import Formulaire
from services.portail.pages.conventions._convention import (
    ICI,
    organisation_saisie,
    organisations,
    reserver,
)
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get(ICI + "/nouvelle")
async def avant_de_proposer(visite: LaVisite, dispositif: UUID | None = None) -> Response:
    reserver(visite)
    return await _page(visite, Formulaire.neuf(dispositif=dispositif))


@routes.post(ICI + "/nouvelle")
async def proposer(visite: LaVisite) -> Response:
    """The other party is one already known, or named by its identifier."""
    reserver(visite)
    f = await visite.formulaire()
    dispositif = f.ligne("dispositif", "Choisissez un dispositif.")
    autre = organisation_saisie(f, "partenaire", "identifiant", "Choisissez l’autre organisation.")
    places = f.entier("places", "Indiquez le nombre de places.", de=1, a=10_000)
    debut = f.date("debut", "Indiquez le premier jour.")
    fin = f.date("fin", "Indiquez le dernier jour.")
    if debut and fin and fin <= debut:
        f.erreur("fin", "Le dernier jour vient après le premier.")
    if f.correct:
        moi, bailleur = str(visite.personne.organisation), visite.personne.nature == "bailleur"
        corps = {
            "dispositif": dispositif, "places": places, "debut": debut, "fin": fin,
            "bailleur": moi if bailleur else autre, "association": autre if bailleur else moi,
        }  # fmt: skip
        try:
            effet = await visite.api.faire("partenaires", "/conventions/proposer", corps, f.commande)
            return visite.vers(f"{ICI}/{effet.id}", "convention_proposee", v=effet.version)
        except Refusee as refus:
            if refus.code == "partie_inconnue":
                f.erreur("identifiant", f"Cet identifiant n’est pas celui d’{_l_autre(visite)[2]} inscrit à Maillage.")
            else:
                f.refuser(refus, {f"/{nom}": nom for nom in corps})
    return await _page(visite, f)


def _l_autre(visite: Visite) -> tuple[str, str, str]:
    """(nature, as a title, with its article) of the other party."""
    if visite.personne.nature == "bailleur":
        return "association", "Association", "une association"
    return "bailleur", "Bailleur", "un bailleur"


async def _page(visite: Visite, f: Formulaire) -> Response:
    dispositifs, connues = await asyncio.gather(visite.api.liste("partenaires", "/dispositifs"), organisations(visite))
    nature, titre, _ = _l_autre(visite)
    return visite.page(
        "conventions/nouvelle.html",
        200 if f.correct else 422,
        f=f,
        dispositifs=[(d["dispositif"], d["nom"], _en_bref(d["regles"])) for d in dispositifs],
        titre=titre,
        autres=[(cle, o["nom"]) for cle, o in connues.items() if o["nature"] == nature],
        ici=ICI,
    )


def _en_bref(r: dict[str, Any]) -> str:
    mois = r["periodicite_mois"]
    return f"Réponse sous {r['delai_reponse_jours']} jours, point tous les {'' if mois == 1 else f'{mois} '}mois."
