"""The initial interview: the household's needs, with a score for each theme that concerns it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from contracts.codes import liste
from services.portail.api import Refusee
from services.portail.dossier import communs, lire, ouvrir
from services.portail.etapes import DE_L_ASSOCIATION
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
FORMULAIRE = "entretien"
SCORES = ("1", "2", "3", "4", "5")


@routes.get("/dossiers/{dossier}/entretien")
async def avant(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    repris = gestes.exiger("tenir-entretien-initial", await reprendre(visite, FORMULAIRE, vu))
    return await _page(visite, vu, repris or Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}"))


@routes.post("/dossiers/{dossier}/entretien")
async def tenir(visite: LaVisite, dossier: UUID) -> Response:
    """Record the interview, once: what changes afterwards is said at the reviews."""
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, FORMULAIRE, dossier, "entretien", f)
    if garde := await visite.garder(f, b):
        return garde
    corps = _lu(visite, f)
    if f.correct:
        try:
            chemin = f"/dossiers/{dossier}/tenir-entretien-initial"
            effet = await visite.api.faire("dossiers", chemin, corps, f.commande, f.version)
            await visite.les.brouillons.jeter(visite.personne, b.id)
            return visite.vers(f"/dossiers/{dossier}", "entretien_enregistre", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/synthese": "synthese", "/support": "support", "/le": "le"})
    return await _page(visite, await lire(visite, dossier), f)


def _lu(visite: Visite, f: Formulaire) -> dict[str, Any]:
    besoins = []
    for theme in liste("themes"):
        score = f.un_de(f"score-{theme}", SCORES)
        precision = f.texte(f"precision-{theme}")
        if score:
            besoins.append({"theme": theme, "score": int(score), "precision": precision})
        elif precision:
            f.erreur(
                f"score-{theme}", f"Donnez un score à « {liste('themes').libelle(theme)} », ou effacez la précision."
            )
    if not besoins and f.correct:
        f.erreur("themes", "Donnez un score à au moins un thème.")
    return {
        "besoins": besoins,
        "synthese": f.texte("synthese"),
        "support": f.code("support", "support_contact", "Dites comment l’entretien s’est tenu."),
        "le": f.date("le", "Indiquez la date de l’entretien.", passee=visite.aujourdhui),
    }  # fmt: skip


async def _page(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    """The themes that the dispositif follows come first."""
    dispositifs = await visite.api.liste("partenaires", "/dispositifs")
    vises: list[str] = next((d["themes"] for d in dispositifs if d["dispositif"] == vu["dispositif"]), [])
    themes = choix("themes", visite.aujourdhui)
    return visite.page(
        "dossiers/entretien.html",
        200 if f.correct else 422,
        f=f,
        etat=DE_L_ASSOCIATION[vu["etape"]],
        groupes=[
            (titre, groupe)
            for titre, groupe in (
                ("Thèmes du dispositif", [t for t in themes if t[0] in vises]),
                ("Autres thèmes" if vises else "Thèmes", [t for t in themes if t[0] not in vises]),
            )
            if groupe
        ],
        supports=choix("support_contact", visite.aujourdhui),
        **communs(vu),
    )
