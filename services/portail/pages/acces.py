"""Arriving and leaving: the front page, signing in and out."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.portail.api import Api, Introuvable
from services.portail.connexion import suite_sure
from services.portail.navigation import accueil
from services.portail.session import Jetons, Personne, Session
from services.portail.visite import LaVisite, LesMoyens, Moyens, page

routes = APIRouter()

_DEPART, _CHOIX = "maillage-depart", "maillage-organisation"


@routes.get("/")
async def front(request: Request, les: LesMoyens) -> Response:
    """The person's own first page; what this is, for whoever is not signed in."""
    session: Session | None = request.state.session
    if session and session.vivante:
        return RedirectResponse(accueil(session.personne), 303)
    return page(request, les, None, "commun/front.html", suite="")


@routes.get("/connexion")
async def connexion(request: Request, les: LesMoyens, suite: str = "/") -> Response:
    """Which organisation; asked of nobody when there is only one answer."""
    choisie = request.cookies.get(_CHOIX, "")
    noms = [f.reglage.nom for f in les.connexions.fournisseurs]
    session: Session | None = request.state.session
    finie = session is not None and not session.vivante
    if len(noms) == 1 and not finie and suite_sure(suite) != "/":
        return await _partir(les, 0, suite)
    return page(
        request, les, None, "commun/connexion.html", noms=noms, choisie=choisie, suite=suite_sure(suite), finie=finie
    )


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
    organisation = await api.lire("partenaires", f"/organisations/{moi['organisation']}")
    membres = await api.liste("partenaires", f"/organisations/{moi['organisation']}/membres")
    nom = next((m["nom"] for m in membres if m["membre"] == moi["membre"]), "")
    return msgspec.convert({**moi, "nom": nom, "nom_organisation": organisation["nom"]}, Personne)


@routes.get("/deconnexion")
async def avant_de_partir(visite: LaVisite) -> Response:
    return visite.page("commun/deconnexion.html")


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


@routes.get("/deconnecte")
async def deconnecte(request: Request, les: LesMoyens) -> Response:
    return page(request, les, None, "commun/deconnecte.html")
