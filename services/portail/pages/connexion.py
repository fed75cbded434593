"""Signing in: through the provider of one's organisation, and back with a session."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.portail.api import Api, Introuvable
from services.portail.connexion import suite_sure
from services.portail.session import Jetons, Personne, Session
from services.portail.visite import LesMoyens, Moyens, page

routes = APIRouter()
_DEPART, _CHOIX = "maillage-depart", "maillage-organisation"


@routes.get("/connexion")
async def connexion(request: Request, les: LesMoyens, suite: str = "/") -> Response:
    """Which organisation; asked of nobody when there is only one answer."""
    choisie = request.cookies.get(_CHOIX, "")
    noms = [f.reglage.nom for f in les.connexions.fournisseurs]
    session: Session | None = request.state.session
    finie = session is not None and not session.vivante
    if len(noms) == 1 and not finie and suite_sure(suite) != "/":
        return await _partir(les, 0, suite)
    return page(request, les, None, "connexion.html", noms=noms, choisie=choisie, suite=suite_sure(suite), finie=finie)


@routes.get("/connexion/{rang:int}")
async def vers_le_fournisseur(les: LesMoyens, rang: int, suite: str = "/") -> Response:
    if not 0 <= rang < len(les.connexions.fournisseurs):
        raise Introuvable
    return await _partir(les, rang, suite)


async def _partir(les: Moyens, rang: int, suite: str) -> Response:
    url, depart = await les.connexions.partir(rang, suite_sure(suite))
    reponse = RedirectResponse(url, 303)
    attributs = les.sessions.attributs()
    reponse.set_cookie(_DEPART, depart, max_age=600, **attributs)
    reponse.set_cookie(_CHOIX, str(rang), max_age=180 * 86400, **attributs)
    return reponse


@routes.get("/connexion/retour")
async def retour(request: Request, les: LesMoyens) -> Response:
    """Back from the provider: a new session, whatever cookie the browser had."""
    parametres = dict(request.query_params)
    fournisseur, jetons, suite = await les.connexions.revenir(request.cookies.get(_DEPART), parametres)
    personne = await _qui(request, les, jetons)
    former: Session | None = request.state.session
    if former:
        await les.sessions.fermer(former)
    session = await les.sessions.ouvrir(personne, jetons, fournisseur.reglage.issuer)
    reponse = RedirectResponse(suite, 303)
    les.sessions.poser(reponse, session)
    reponse.delete_cookie(_DEPART, **les.sessions.attributs())
    return reponse


async def _qui(request: Request, les: Moyens, jetons: Jetons) -> Personne:
    """The member behind the token. Raises SansAcces, Indisponible."""
    api = Api(les.client, les.urls, jetons.acces, request.state.correlation)
    moi = await api.lire("partenaires", "/moi")
    chez = f"/organisations/{moi['organisation']}"
    organisation, membres = await asyncio.gather(
        api.lire("partenaires", chez), api.liste("partenaires", f"{chez}/membres")
    )
    nom = next((m["nom"] for m in membres if m["membre"] == moi["membre"]), "")
    return msgspec.convert({**moi, "nom": nom, "nom_organisation": organisation["nom"]}, Personne)
