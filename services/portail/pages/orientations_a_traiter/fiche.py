"""One orientation to answer: all that was transmitted, to be read first; and the answer, from here or from the list."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from services.portail.api import Refusee
from services.portail.attendus import A_TRAITER
from services.portail.dossier import lignes, montre
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_du_dossier
from services.portail.menage import lignes as lignes_du_menage
from services.portail.menage import motifs
from services.portail.menage import nom as nom_du_menage
from services.portail.pages.orientations_a_traiter._demande import presenter, voir
from services.portail.pages.orientations_a_traiter.liste import montrer
from services.portail.places import places_de
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
REPONSES = {
    "accepter": ("accepter-orientation", "orientation_acceptee"),
    "etude": ("mettre-a-l-etude", "orientation_a_l_etude"),
}
"""Button → command, and what the next page says."""


@routes.get(A_TRAITER + "/{dossier}")
async def une_demande(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    return await _fiche(visite, dossier, Formulaire())


async def _fiche(visite: Visite, dossier: UUID, f: Formulaire) -> Response:
    (vu, conventions), gestes = await asyncio.gather(voir(visite, dossier), gestes_du_dossier(visite, dossier))
    attendue = vu["attendu"] is not None and vu["attendu"]["quoi"] == "repondre"
    if not attendue and f.correct:  # answered meanwhile: the sheet says how
        return RedirectResponse(f"/dossiers/{dossier}", 303)
    return visite.page(
        "orientations_a_traiter/fiche.html",
        200 if f.correct else 422,
        f=f,
        attendue=attendue,
        gestes=gestes,
        menage=lignes_du_menage(vu),
        motifs=motifs(vu),
        places=(await places_de(visite, conventions)).get(vu["convention"]),
        **presenter(vu, conventions),
    )


@routes.post(A_TRAITER + "/{dossier}")
async def repondre(visite: LaVisite, dossier: UUID) -> Response:
    """Accept, or ask for time. A refusal is said above the page the button was on, which shows how things stand now."""
    visite.reserver("association")
    f = await visite.formulaire()
    reponse = f.un_de("reponse", REPONSES, "Choisissez une réponse.")
    if reponse:
        commande, dire = REPONSES[reponse]
        # One page carries one id for all its buttons: each button's command makes its own of it.
        cle = uuid5(f.commande, f"{dossier}:{reponse}")
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/{commande}", {}, cle)
            await montre(visite, dossier, effet.version)
            return visite.vers(A_TRAITER, dire)
        except Refusee as refus:
            f.generale = await _pourquoi(visite, dossier, refus)
    return await (_fiche(visite, dossier, f) if f.brut("depuis") == "fiche" else montrer(visite, f))


async def _pourquoi(visite: Visite, dossier: UUID, refus: Refusee) -> str:
    """The service's sentence, with whom it is about: the list has several, and one may just have left it."""
    connus, gestes = await asyncio.gather(lignes(visite, [str(dossier)]), gestes_du_dossier(visite, dossier))
    row = connus.get(str(dossier))
    qui = f"{nom_du_menage(row)} : " if row else ""
    suite = ""
    if refus.code == "capacite_atteinte":
        etude = "mettre la demande à l’étude, ou " if gestes.peut("mettre-a-l-etude") else ""
        suite = f" Vous pouvez aussi {etude}la refuser pour « Capacité atteinte »."
    return f"{qui}{refus.detail}{suite}"
