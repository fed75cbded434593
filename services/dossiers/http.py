"""What a dossier is, to whoever asks: the landlord's sheet or the association's, and who has looked at it."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from datetime import date
from typing import Any

from fastapi import APIRouter, Response

from services.dossiers.lectures import DuDossier, de_sa_nature
from services.dossiers.vues import orientations, portefeuille
from services.socle.web import access_log
from services.socle.web.http import json
from services.socle.web.paging import lire_curseur, page
from services.socle.web.questions import SOMETHING, LaPage, answers
from services.socle.web.shapes import ligne
from services.socle.web.shapes import page as forme_page

routes = APIRouter(prefix="/v1")

FICHES = {"bailleur": orientations.un, "association": portefeuille.un}
"""Whose sheet a dossier is read from, by the nature of the organisation that asks."""

_DOSSIER = {"anyOf": [ligne(fiche(SOMETHING)) for fiche in FICHES.values()]}
_HORS = ("rang", "total")
_CONSULTATIONS = forme_page(ligne(access_log.de(SOMETHING, None, 1, None), sauf=_HORS))


@routes.get("/dossiers/{dossier}", **answers(_DOSSIER))
async def un_dossier(lu: DuDossier) -> Response:
    """Le dossier, tel que votre organisation peut le voir."""
    return await lu.one(de_sa_nature(lu, FICHES), journal="dossier")


@routes.get("/dossiers/{dossier}/consultations", **answers(_CONSULTATIONS))
async def les_consultations(lu: DuDossier, ou: LaPage) -> Response:
    """Qui a consulté le dossier : vos collègues par leur nom, l'autre organisation par les jours où elle l'a ouvert."""
    row = await lu.row(de_sa_nature(lu, FICHES))
    # What the landlord did before the orientation, or does once nothing is shared any more, is not the association's.
    partage = row["oriente_le"] if lu.acteur.nature == "bailleur" or row["identite"] else None
    rows = await lu.rows(access_log.de(lu.id, partage, ou.limite + 1, lire_curseur(ou.apres, tuple[date, str])))
    lignes = page(rows, ou.limite, rows[0]["total"] if rows else 0, "jour", "rang")
    shown: list[dict[str, Any]] = [{nom: row[nom] for nom in row if nom not in _HORS} for row in lignes["elements"]]
    return json(lignes | {"elements": shown})
