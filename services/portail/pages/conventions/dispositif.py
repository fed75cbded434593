"""Opening a dispositif: for whom, on what, at what pace."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.pages.conventions._convention import (
    ICI,
    reserver,
)
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get(ICI + "/dispositif")
async def avant_d_ouvrir(visite: LaVisite) -> Response:
    reserver(visite)
    return _page(visite, Formulaire.neuf(periodicite_mois="2", delai_reponse_jours="15", delai_etude_jours="30"))


@routes.post(ICI + "/dispositif")
async def ouvrir(visite: LaVisite) -> Response:
    reserver(visite)
    f = await visite.formulaire()
    corps = {
        "nom": f.ligne("nom", "Donnez-lui un nom."),
        "publics": f.codes("publics", "publics", "Choisissez un public au moins."),
        "themes": f.codes("themes", "themes", "Choisissez un thème au moins."),
        "regles": {
            "delai_reponse_jours": f.entier("delai_reponse_jours", "Indiquez un nombre de jours.", de=1, a=90),
            "delai_etude_jours": f.entier("delai_etude_jours", "Indiquez un nombre de jours.", de=1, a=180),
            "periodicite_mois": f.entier("periodicite_mois", "Indiquez un nombre de mois.", de=1, a=12),
        },
    }
    if f.correct:
        try:
            effet = await visite.api.faire("partenaires", "/dispositifs/ouvrir", corps, f.commande)
            await visite.api.lire("partenaires", f"/dispositifs/{effet.id}", au_moins=effet.version)
            return visite.vers(f"{ICI}/nouvelle", "dispositif_ouvert", dispositif=effet.id)
        except Refusee as refus:
            f.refuser(refus, {"/nom": "nom", "/publics": "publics", "/themes": "themes"})
    return _page(visite, f)


def _page(visite: Visite, f: Formulaire) -> Response:
    return visite.page(
        "conventions/dispositif.html",
        200 if f.correct else 422,
        f=f,
        publics=choix("publics", visite.aujourdhui),
        themes=choix("themes", visite.aujourdhui),
        ici=ICI,
    )
