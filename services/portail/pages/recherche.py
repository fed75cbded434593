"""Finding a household again among one's own, by whatever one remembers of it.

A name must not stand in an address, which browsers and proxies keep: what was typed is sent with POST, then travels sealed
under the session's own key, so that the back button and the next page work, and nobody else's session can read it.
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from services.portail.api import Refusee
from services.portail.etapes import etapes
from services.portail.formulaire import Formulaire
from services.portail.session import Session
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

ICI = "/recherche"
Scelle = Annotated[str | None, Query(max_length=2000)]
Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get(ICI)
async def recherche(visite: LaVisite, q: Scelle = None, apres: Apres = None) -> Response:
    """`q`: what was typed, sealed; a seal of another session reads as nothing typed."""
    visite.reserver("bailleur", "association")
    mots = ouvrir(visite.session, q) if q else None
    if q is None or mots is None:
        return _page(visite, Formulaire())
    f = Formulaire.neuf(q=mots)
    try:
        corps = {"q": mots, "apres": apres, "limite": 50}
        return _page(visite, f, await visite.api.chercher("dossiers", "/recherche", corps), {"q": q})
    except Refusee as refus:
        f.erreur("q", refus.detail)
        return _page(visite, f)


@routes.post(ICI)
async def chercher(visite: LaVisite) -> Response:
    visite.reserver("bailleur", "association")
    f = await visite.formulaire()
    mots = f.ligne("q", "Tapez un nom, un prénom, une commune ou une date de naissance.")
    if not f.correct:
        return _page(visite, f)
    return RedirectResponse(f"{ICI}?{urlencode({'q': sceller(visite.session, mots)})}", 303)


def _page(
    visite: Visite, f: Formulaire, trouves: dict[str, Any] | None = None, filtres: dict[str, str] | None = None
) -> Response:
    return visite.page(
        "recherche.html",
        200 if f.correct else 422,
        f=f,
        trouves=trouves,
        filtres=filtres or {},
        etats=etapes(visite.personne.nature),
        ici=ICI,
    )


def sceller(session: Session, mots: str) -> str:
    nonce = os.urandom(12)
    return urlsafe_b64encode(nonce + _sceau(session).encrypt(nonce, mots.encode(), None)).decode()


def ouvrir(session: Session, scelle: str) -> str | None:
    """What was typed in this session; None for anything else."""
    try:
        data = urlsafe_b64decode(scelle)
        return _sceau(session).decrypt(data[:12], data[12:], None).decode()
    except (InvalidTag, ValueError):
        return None


def _sceau(session: Session) -> AESGCM:
    return AESGCM(hmac.digest(session.cle, b"maillage recherche 1", "sha256"))
