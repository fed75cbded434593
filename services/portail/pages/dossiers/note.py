"""Writing a note: it says who of the team reads it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.dossier import communs, lire, ouvrir
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
FORMULAIRE = "note"
NIVEAUX = [
    ("equipe", "Toute l’équipe", "Vous et vos collègues de l’association."),
    ("referent", "Le référent seulement", "Vous, et le référent du ménage ; pas vos autres collègues."),
]


@routes.get("/dossiers/{dossier}/note")
async def avant_d_ecrire(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    repris = gestes.exiger("deposer-note", await reprendre(visite, FORMULAIRE, vu))
    return _page(visite, vu, repris or Formulaire.neuf(niveau="equipe", le=f"{visite.aujourdhui:%d/%m/%Y}"))


@routes.post("/dossiers/{dossier}/note")
async def ecrire(visite: LaVisite, dossier: UUID) -> Response:
    """Deposit a note. Its id comes from the form's, so that sending twice writes one."""
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, FORMULAIRE, dossier, "note", f)
    if garde := await visite.garder(f, b):
        return garde
    corps = {
        "note": uuid5(f.commande, "note"),
        "texte": f.texte("texte", "Écrivez la note."),
        "niveau": f.code("niveau", "niveau_note", "Dites qui lira cette note."),
        "theme": f.code("theme", "themes"),
        "le": f.date("le", "Indiquez la date.", passee=visite.aujourdhui),
    }
    if f.correct:
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/deposer-note", corps, f.commande)
            await visite.les.brouillons.jeter(visite.personne, b.id)
            return visite.vers(f"/dossiers/{dossier}", "note_ecrite", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {f"/{champ}": champ for champ in ("texte", "niveau", "theme", "le")})
    return _page(visite, await lire(visite, dossier), f)


def _page(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    return visite.page(
        "dossiers/note.html",
        200 if f.correct else 422,
        f=f,
        niveaux=NIVEAUX,
        themes=choix("themes", visite.aujourdhui),
        **communs(vu),
    )
