"""The short steps of a follow-up, one question each: a meeting, the household's answer, the end, the erasure."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.pages.association import ETAPES, FINIES, OUVERTES, brouillon, communs, lire, reprendre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

AUTRE = "autre"
"""The reason that asks for a few words."""


# A meeting


@routes.get("/dossiers/{dossier}/rencontre")
async def avant_la_rencontre(visite: LaVisite, dossier: UUID) -> Response:
    return _page(visite, "rencontre", await lire(visite, dossier), _du_jour(visite))


@routes.post("/dossiers/{dossier}/rencontre")
async def rencontre(visite: LaVisite, dossier: UUID) -> Response:
    """The association met the household."""
    visite.reserver("association")
    f = await visite.formulaire()
    corps = _contact(visite, f, "Dites comment vous l’avez rencontré.")
    if f.correct and (faite := await _faire(visite, dossier, "tenir-rencontre", corps, f, None)):
        return visite.vers(f"/dossiers/{dossier}", "rencontre_notee", v=faite)
    return _page(visite, "rencontre", await lire(visite, dossier), f)


# What the household answers


@routes.get("/dossiers/{dossier}/adhesion")
async def avant_l_adhesion(visite: LaVisite, dossier: UUID) -> Response:
    vu = await lire(visite, dossier)
    if vu["etape"] != "acceptee":  # already answered: the sheet says how
        return visite.vers(f"/dossiers/{dossier}")
    return _page(visite, "adhesion", vu, _du_jour(visite))


@routes.post("/dossiers/{dossier}/adhesion")
async def adhesion(visite: LaVisite, dossier: UUID) -> Response:
    """The household wants to be accompanied."""
    visite.reserver("association")
    f = await visite.formulaire()
    corps = _contact(visite, f, "Dites comment le ménage l’a exprimé.")
    if f.correct and (faite := await _faire(visite, dossier, "recueillir-adhesion", corps, f, f.version)):
        return visite.vers(f"/dossiers/{dossier}", "adhesion_recueillie", v=faite)
    return _page(visite, "adhesion", await lire(visite, dossier), f)


@routes.get("/dossiers/{dossier}/adhesion/refus")
async def avant_le_refus(visite: LaVisite, dossier: UUID) -> Response:
    vu = await lire(visite, dossier)
    if vu["etape"] != "acceptee":
        return visite.vers(f"/dossiers/{dossier}")
    return _page(visite, "refus", vu, await reprendre(visite, "refus", vu) or _du_jour(visite))


@routes.post("/dossiers/{dossier}/adhesion/refus")
async def refus(visite: LaVisite, dossier: UUID) -> Response:
    """The household does not want to be accompanied: the orientation ends there."""
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, "refus", dossier, "adhesion/refus", f)
    if garde := await visite.garder(f, b):
        return garde
    corps: dict[str, Any] = {
        "motif": f.code("motif", "motif_refus", "Choisissez un motif."),
        "precision": _precision(f),
        "le": f.date("le", "Indiquez quand il l’a dit.", passee=visite.aujourdhui),
    }
    if f.correct and (faite := await _faire(visite, dossier, "refuser-adhesion", corps, f, f.version)):
        await visite.les.brouillons.jeter(visite.personne, b.id)
        return visite.vers(f"/dossiers/{dossier}", "adhesion_refusee", v=faite)
    return _page(visite, "refus", await lire(visite, dossier), f)


# The end


@routes.get("/dossiers/{dossier}/clore")
async def avant_de_clore(visite: LaVisite, dossier: UUID) -> Response:
    vu = await lire(visite, dossier)
    if vu["etape"] not in OUVERTES:
        return visite.vers(f"/dossiers/{dossier}")
    return _page(visite, "clore", vu, await reprendre(visite, "clore", vu) or _du_jour(visite))


@routes.post("/dossiers/{dossier}/clore")
async def clore(visite: LaVisite, dossier: UUID) -> Response:
    """The follow-up ends, for a reason and towards a situation."""
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, "clore", dossier, "clore", f)
    if garde := await visite.garder(f, b):
        return garde
    corps: dict[str, Any] = {
        "motif": f.code("motif", "motif_sortie", "Choisissez le motif."),
        "situation": f.code("situation", "situation_sortie", "Dites où habite le ménage à présent."),
        "precision": _precision(f),
        "le": f.date("le", "Indiquez la date de fin.", passee=visite.aujourdhui),
    }
    if f.correct and (faite := await _faire(visite, dossier, "clore", corps, f, f.version)):
        await visite.les.brouillons.jeter(visite.personne, b.id)
        return visite.vers(f"/dossiers/{dossier}", "dossier_clos", v=faite)
    return _page(visite, "clore", await lire(visite, dossier), f)


@routes.get("/dossiers/{dossier}/effacer")
async def avant_d_effacer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    vu = await lire(visite, dossier)
    if vu["etape"] not in FINIES or vu["efface"]:
        return visite.vers(f"/dossiers/{dossier}")
    return _page(visite, "effacer", vu, Formulaire())


@routes.post("/dossiers/{dossier}/effacer")
async def effacer(visite: LaVisite, dossier: UUID) -> Response:
    """Destroy what the association knows of the household, for good."""
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    if not f.coche("certain"):
        f.erreur("certain", "Cochez la case pour confirmer : rien ne pourra être retrouvé ensuite.")
    if f.correct and (faite := await _faire(visite, dossier, "effacer-donnees", {}, f, None)):
        return visite.vers(f"/dossiers/{dossier}", "donnees_effacees", v=faite)
    return _page(visite, "effacer", await lire(visite, dossier), f)


# In common


def _du_jour(visite: Visite) -> Formulaire:
    return Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}")


def _contact(visite: Visite, f: Formulaire, manque: str) -> dict[str, Any]:
    support = f.code("support", "support_contact", manque)
    return {"support": support, "le": f.date("le", "Indiquez la date.", passee=visite.aujourdhui)}


def _precision(f: Formulaire) -> str:
    return f.texte("precision", "Avec « Autre », expliquez en quelques mots." if f.brut("motif") == AUTRE else None)


async def _faire(
    visite: Visite, dossier: UUID, nom: str, corps: dict[str, Any], f: Formulaire, version: int | None
) -> int | None:
    """The dossier's version once it is done; None when refused, which the form then says."""
    try:
        return (await visite.api.faire("dossiers", f"/dossiers/{dossier}/{nom}", corps, f.commande, version)).version
    except Refusee as refus:
        f.refuser(refus, {f"/{champ}": champ for champ in corps})
        return None


def _page(visite: Visite, nom: str, vu: dict[str, Any], f: Formulaire) -> Response:
    le = visite.aujourdhui
    return visite.page(
        f"referent/{nom}.html",
        200 if f.correct else 422,
        f=f,
        etat=ETAPES[vu["etape"]],
        supports=choix("support_contact", le),
        refus=choix("motif_refus", le),
        sorties=choix("motif_sortie", le),
        situations=choix("situation_sortie", le),
        **communs(vu),
    )
