"""Signing out: here, everywhere if asked, and at the provider's."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from services.portail.visite import LaVisite

routes = APIRouter()


@routes.get("/deconnexion")
async def avant_de_partir(visite: LaVisite) -> Response:
    return visite.page("deconnexion.html")


@routes.post("/deconnexion")
async def deconnexion(visite: LaVisite) -> Response:
    """Ends the session here, everywhere if asked, and at the provider's."""
    les, session = visite.les, visite.session
    f = await visite.formulaire()
    if f.coche("partout"):
        await les.sessions.fermer_partout(session)
    await les.sessions.fermer(session)
    sortie = await les.connexions.adresse_de_sortie(session.issuer, session.jetons)
    reponse = RedirectResponse(sortie or "/deconnecte", 303)
    les.sessions.oter(reponse)
    reponse.headers["Clear-Site-Data"] = '"cache"'
    return reponse
