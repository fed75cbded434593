"""The two-month review: what was said last time beside what is said now, so that nothing changed is one press."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from contracts.codes import liste
from services.portail.api import Refusee
from services.portail.contrat import objectifs
from services.portail.dossier import communs, lire
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_du_dossier
from services.portail.libelles import choix, en_date, libelle
from services.portail.pages.dossiers._frise import Releve, releves
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
FORMULAIRE = "point"
SCORES = ("1", "2", "3", "4", "5")
AVANCEMENTS = tuple(range(0, 101, 10))
THEME, OBJECTIF = "_theme", "_objectif"
"""What the page showed, so that what is sent is about that, whatever the dossier has become."""


@routes.get("/dossiers/{dossier}/point")
async def avant(visite: LaVisite, dossier: UUID) -> Response:
    (vu, dernier), gestes = await asyncio.gather(_voir(visite, dossier), gestes_du_dossier(visite, dossier))
    f = gestes.exiger("reevaluer", await reprendre(visite, FORMULAIRE, vu)) or _propose(visite, vu)
    return _page(visite, vu, dernier, f)


@routes.post("/dossiers/{dossier}/point")
async def tenir(visite: LaVisite, dossier: UUID) -> Response:
    """Record the review."""
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, FORMULAIRE, dossier, "point", f)
    if garde := await visite.garder(f, b):
        return garde
    corps = _lu(visite, f)
    if f.correct:
        try:
            effet = await visite.api.faire(
                "dossiers", f"/dossiers/{dossier}/reevaluer", corps, f.commande, f.version
            )  # fmt: skip
            await visite.les.brouillons.jeter(visite.personne, b.id)
            return visite.vers(f"/dossiers/{dossier}", "point_enregistre", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/synthese": "synthese", "/le": "le"})
    vu, dernier = await _voir(visite, dossier)
    return _page(visite, vu, dernier, f)


async def _voir(visite: Visite, dossier: UUID) -> tuple[dict[str, Any], Releve | None]:
    """The dossier, and the last scores given with their day."""
    vu, faits = await asyncio.gather(
        lire(visite, dossier), visite.api.lire("dossiers", f"/dossiers/{dossier}/frise")
    )  # fmt: skip
    tous = releves(faits["elements"])
    return vu, tous[-1] if tous else None


def _suivis(vu: dict[str, Any]) -> dict[str, int | None]:
    """Theme → last score. Without an interview, the themes of the objectives, which have none yet."""
    if vu["scores"]:
        return {s["theme"]: s["score"] for s in vu["scores"]}
    return {o["theme"]: None for o in (vu["contrat"] or {}).get("objectifs", [])}


def _propose(visite: Visite, vu: dict[str, Any]) -> Formulaire:
    """Everything as it was said last."""
    valeurs: dict[str, Any] = {"le": f"{visite.aujourdhui:%d/%m/%Y}", "synthese": vu["synthese"] or ""}
    valeurs |= {f"score-{theme}": score for theme, score in _suivis(vu).items() if score}
    valeurs |= {f"avancement-{o['objectif']}": o["avancement"] or 0 for o in objectifs(vu)}
    return Formulaire.neuf(**valeurs)


def _lu(visite: Visite, f: Formulaire) -> dict[str, Any]:
    scores = []
    for theme in f.bruts(THEME):
        nom = libelle(theme, "themes")
        score = f.un_de(f"score-{theme}", SCORES, f"Donnez un score à « {nom} ».")
        scores.append({"theme": theme, "score": int(score or 1)})
    if f.brut("nouveau"):
        nouveau = f.un_de("nouveau", [t for t in liste("themes") if t not in f.bruts(THEME)])
        score = f.un_de("score-nouveau", SCORES, "Donnez un score au thème que vous ajoutez.")
        scores.append({"theme": nouveau, "score": int(score or 1)})
    progressions = []
    for objectif in f.bruts(OBJECTIF):
        avancement = f.entier(f"avancement-{objectif}", "Dites où en est cet objectif.", de=0, a=100)
        progressions.append({"objectif": objectif, "avancement": avancement})
    return {
        "scores": scores,
        "progressions": progressions,
        "synthese": f.texte("synthese"),
        "le": f.date("le", "Indiquez la date du point.", passee=visite.aujourdhui),
    }


def _page(visite: Visite, vu: dict[str, Any], dernier: Releve | None, f: Formulaire) -> Response:
    suivis, les_objectifs = _suivis(vu), objectifs(vu)
    return visite.page(
        "dossiers/point.html",
        200 if f.correct else 422,
        f=f,
        suivis=list(suivis.items()),
        objectifs=[(o, sorted({*AVANCEMENTS, o["avancement"] or 0})) for o in les_objectifs],
        dernier=dernier,
        deja=bool(dernier and dernier.titre == "Point" and en_date(dernier.le) == visite.aujourdhui),
        nouveaux=[(code, nom) for code, nom in choix("themes", visite.aujourdhui) if code not in suivis],
        maintenant=_cote_a_cote(vu, suivis, les_objectifs, f) if f.depasse else [],
        partagee="partage_synthese" in vu["consentements"],
        **communs(vu),
    )


def _cote_a_cote(
    vu: dict[str, Any], suivis: dict[str, int | None], les_objectifs: list[dict[str, Any]], f: Formulaire
) -> list[tuple[str, str, str]]:
    """(what, in the dossier now, as typed)"""
    lignes = [(libelle(theme, "themes"), str(score or ""), f.brut(f"score-{theme}")) for theme, score in suivis.items()]
    for o in les_objectifs:
        typed = f.brut(f"avancement-{o['objectif']}")
        now = f"{o['avancement']} %" if o["avancement"] is not None else ""
        lignes.append((o["intitule"], now, f"{typed} %" if typed else ""))
    return [*lignes, ("Synthèse", vu["synthese"] or "", f.brut("synthese"))]
