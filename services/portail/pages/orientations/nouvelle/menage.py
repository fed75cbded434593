"""Orienting a household, first page: which one, where it lives, and who it is."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from services.portail.brouillon import Brouillon
from services.portail.communes import libelle as commune
from services.portail.communes import trouver
from services.portail.formulaire import Formulaire, lire_date
from services.portail.gestes import gestes_du_dossier
from services.portail.libelles import choix
from services.portail.menage import lignes as lignes_du_menage
from services.portail.menage import nom as nom_du_menage
from services.portail.pages.orientations.nouvelle._brouillon import (
    ICI,
    PREMIER,
    ailleurs,
    connu,
    continuer,
    identifiant_de,
    ouvrir,
    page,
)
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get("/orientations/nouvelle")
async def commencer(visite: LaVisite, dossier: UUID | None = None) -> Response:
    """A new draft's first page; with `dossier`, the page that asks why a household already recorded is oriented.

    Nothing is written before something is typed: a link may be followed twice.
    """
    visite.reserver("bailleur")
    if dossier is None:
        return RedirectResponse(f"{ICI}/{uuid4()}/menage", 303)
    vu, gestes = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}"), gestes_du_dossier(visite, dossier)
    )
    gestes.exiger(PREMIER)
    return RedirectResponse(f"{ICI}/{identifiant_de(visite, vu)}/motif?dossier={dossier}", 303)


@routes.get("/orientations/nouvelle/{id_}/menage")
async def montrer(visite: LaVisite, id_: UUID, dossier: UUID | None = None) -> Response:
    visite.reserver("bailleur")
    b = await ouvrir(visite, id_, dossier)
    return ailleurs(b) or await _afficher(visite, b, Formulaire(b.saisies))


@routes.post("/orientations/nouvelle/{id_}/menage")
async def recevoir(visite: LaVisite, id_: UUID) -> Response:
    """Of a household already recorded, nothing is typed here."""
    return await continuer(visite, id_, "menage", lire, _afficher)


# What the page says


def lire(f: Formulaire, le: date) -> dict[str, Any]:
    identite = {
        "prenom": f.ligne("prenom", "Indiquez le prénom."),
        "nom": f.ligne("nom", "Indiquez le nom."),
        "naissance": f.date("naissance", passee=le),
        "telephone": f.ligne("telephone"),
        "courriel": f.ligne("courriel"),
        "adresse": f.ligne("adresse"),
    }
    logement = {
        "commune": _commune(f),
        "typologie": f.code("typologie", "typologie_logement"),
        "qpv": f.un_de("qpv", ("oui", "non"), "Dites si le logement est en quartier prioritaire.") == "oui",
    }
    composition = {
        "adultes": f.entier("adultes", "Indiquez le nombre d’adultes.", de=1, a=30),
        "enfants": f.entier("enfants", de=0, a=30) or 0,
        "type_menage": f.code("type_menage", "type_menage", "Choisissez le type de foyer."),
        "tranche_age": tranche_age(lire_date(f.brut("naissance")), le),
    }
    publics = f.codes("publics", "publics", "Cochez au moins un public.")
    return {"identite": identite, "composition": composition, "logement": logement, "publics": publics}


def _commune(f: Formulaire) -> str:
    lieux = trouver(f.ligne("commune", "Indiquez la commune du logement."))
    if not lieux and f.brut("commune"):
        f.erreur("commune", "Cette commune n’est pas connue : vérifiez son nom.")
    if len(lieux) > 1:
        f.erreur("commune", f"Plusieurs communes portent ce nom : écrivez par exemple « {commune(lieux[0])} ».")
    return lieux[0] if len(lieux) == 1 else ""


def tranche_age(naissance: date | None, le: date) -> str:
    """The code of the age band; « non_renseigne » without a birth date."""
    if naissance is None:
        return "non_renseigne"
    age = le.year - naissance.year - ((le.month, le.day) < (naissance.month, naissance.day))
    bandes = ((18, "moins-de-18"), (25, "18-24"), (40, "25-39"), (60, "40-59"), (75, "60-74"))
    return next((code for avant, code in bandes if age < avant), "75-plus")


# Showing


async def _afficher(visite: Visite, b: Brouillon, f: Formulaire) -> Response:
    if b.dossier:
        vu = await connu(visite, b)
        return page(visite, b, "menage", f, connu=lignes_du_menage(vu), le_menage=nom_du_menage(vu))
    for nom, valeur in (("adultes", "1"), ("enfants", "0")):
        f.valeurs.setdefault(nom, [valeur])
    le = visite.aujourdhui
    dispositifs = await visite.api.liste("partenaires", "/dispositifs")
    vises = {code for d in dispositifs for code in d["publics"]} | set(f.bruts("publics"))
    publics = [(code, nom) for code, nom in choix("publics", le) if not vises or code in vises]
    if len(publics) == 1:
        f.valeurs.setdefault("publics", [publics[0][0]])
    types, typologies = choix("type_menage", le), choix("typologie_logement", le)
    return page(visite, b, "menage", f, connu=None, publics=publics, types=types, typologies=typologies)
