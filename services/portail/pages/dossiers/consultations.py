"""Who opened a household's dossier: colleagues by name, the other organisation by the days it looked."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.dossier import ICI, LISTES
from services.portail.equipe import membres, noms
from services.portail.libelles import libelle
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import LaVisite, Visite
from services.socle.base.calendar import PARIS

routes = APIRouter()
QUOI = {"dossier": "la fiche", "frise": "la frise", "notes": "les notes", "rendez_vous": "les rendez-vous"}
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get("/dossiers/{dossier}/consultations")
async def consultations(visite: LaVisite, dossier: UUID, apres: Apres = None) -> Response:
    visite.reserver("bailleur", "association")
    api = visite.api
    lues, liste, equipe, organisations = await asyncio.gather(
        api.lire("dossiers", f"/dossiers/{dossier}/consultations", apres=apres),
        # The name from the list: opening the dossier to title its journal would add a line to it.
        api.lire("dossiers", LISTES[visite.personne.nature], dossier=dossier),
        membres(visite),
        api.liste("partenaires", "/organisations"),
    )
    row = next(iter(liste["elements"]), None)
    chez = {o["organisation"]: o["nom"] for o in organisations}
    return visite.page(
        "dossiers/consultations.html",
        dossier=dossier,
        nom=nom_du_menage(row) if row else "Ménage",
        lignes=[_ligne(visite, ligne, noms(equipe), chez) for ligne in lues["elements"]],
        suivant=lues["suivant"],
        ici=ICI[visite.personne.nature],
    )


def _ligne(visite: Visite, ligne: dict[str, Any], equipe: dict[str, str], chez: dict[str, str]) -> dict[str, Any]:
    """A day, a time and a name for one's own people; a day and a name for the other organisation."""
    if ligne["membre"] is None:
        nom = chez.get(ligne["organisation"], "")
        return {"jour": ligne["jour"], "qui": f"l’organisation {nom}".strip(), "role": "", "quoi": "", "heure": ""}
    lue = datetime.fromisoformat(ligne["instant"]).astimezone(PARIS)
    moi = UUID(ligne["membre"]) == visite.personne.membre
    return {
        "jour": ligne["jour"],
        "heure": f"{lue:%H:%M}",
        "qui": equipe.get(ligne["membre"], "Membre parti") + (" (vous)" if moi else ""),
        "role": ", ".join(libelle(role, "role") for role in ligne["roles"]),
        "quoi": ", ".join(QUOI.get(quoi, quoi) for quoi in ligne["quoi"]),
    }
