"""The local deployment's sign-in: an OpenID Connect provider whose page lists the demonstration's accounts, one click each.

No password, hence for the loopback address only, as all of poste.py. What the pages use of it is what they use of any
provider: discovery, code flow with PKCE and nonce, renewal, sign-out.
"""

from __future__ import annotations

import html
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from deploy.machine.emetteur import EmetteurLocal

CLIENT = "portail"
DUREE = 300
"""Seconds of an access token: short, so that renewing it is not a rare path."""
_CODE = 60
_LOCALE = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?/[A-Za-z0-9/_\-]*")


class CompteAffiche(NamedTuple):
    """What the page shows of an account; `sujet` is what its tokens say."""

    sujet: str
    organisation: str
    role: str


class _Code(NamedTuple):
    sujet: str
    client: str
    retour: str
    nonce: str
    defi: str
    avant: float


class Fournisseur:
    """`comptes` is asked at each display: accounts are made after the server has started."""

    def __init__(self, url: str, emetteur: EmetteurLocal, comptes: Callable[[], Iterable[CompteAffiche]]) -> None:
        self._url, self._emetteur, self._comptes = url, emetteur, comptes
        self._codes: dict[str, _Code] = {}
        self._renouvellements: dict[str, tuple[str, str]] = {}

    def routes(self) -> APIRouter:
        router = APIRouter()

        @router.get("/.well-known/openid-configuration")
        async def configuration() -> dict[str, Any]:
            return {
                "issuer": self._emetteur.issuer,
                "authorization_endpoint": f"{self._url}/authorize",
                "token_endpoint": f"{self._url}/token",
                "jwks_uri": f"{self._url}/jwks",
                "end_session_endpoint": f"{self._url}/logout",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "code_challenge_methods_supported": ["S256"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["Ed25519"],
                "scopes_supported": ["openid"],
                "token_endpoint_auth_methods_supported": ["none"],
            }

        @router.get("/authorize")
        async def choisir(
            client_id: str,
            redirect_uri: str,
            response_type: str,
            code_challenge: str,
            code_challenge_method: str,
            state: str = "",
            nonce: str = "",
            sujet: str | None = None,
        ) -> Response:
            """The accounts, or back with a code once one is chosen."""
            if not _LOCALE.fullmatch(redirect_uri):
                raise HTTPException(400, "redirect_uri")
            if response_type != "code" or code_challenge_method != "S256" or client_id != CLIENT:
                return RedirectResponse(
                    f"{redirect_uri}?{urlencode({'error': 'invalid_request', 'state': state})}", 303
                )
            if sujet is None:
                demande = {
                    "client_id": client_id, "redirect_uri": redirect_uri, "response_type": response_type,
                    "code_challenge": code_challenge, "code_challenge_method": code_challenge_method, "state": state,
                    "nonce": nonce,
                }  # fmt: skip
                return HTMLResponse(_page(self._comptes(), demande), headers={"Content-Security-Policy": _CSP})
            code = secrets.token_urlsafe(24)
            self._codes[code] = _Code(sujet, client_id, redirect_uri, nonce, code_challenge, time.time() + _CODE)
            retour = {"code": code, "state": state, "iss": self._emetteur.issuer}
            return RedirectResponse(f"{redirect_uri}?{urlencode(retour)}", 303)

        @router.post("/token")
        async def token(
            grant_type: Annotated[str, Form()],
            client_id: Annotated[str, Form()] = "",
            code: Annotated[str, Form()] = "",
            redirect_uri: Annotated[str, Form()] = "",
            code_verifier: Annotated[str, Form()] = "",
            refresh_token: Annotated[str, Form()] = "",
        ) -> Response:
            match grant_type:
                case "authorization_code":
                    known = self._codes.pop(code, None)  # a code is worth something once
                    if known is None or not _vaut(known, client_id, redirect_uri, code_verifier):
                        return _refus()
                    return self._jetons(known.sujet, client_id, known.nonce)
                case "refresh_token":
                    who = self._renouvellements.pop(refresh_token, None)
                    if who is None or who[1] != client_id:
                        return _refus()
                    return self._jetons(who[0], client_id, None)
                case "client_credentials":
                    # A program of an organisation signs in as the account it was given, like a person does here.
                    if client_id not in {compte.sujet for compte in self._comptes()}:
                        return JSONResponse({"error": "invalid_client"}, 401)
                    return self._jetons(client_id, client_id, None, renouvelable=False)
                case _:
                    return JSONResponse({"error": "unsupported_grant_type"}, 400)

        @router.get("/logout")
        async def sortir(post_logout_redirect_uri: str = "") -> Response:
            if not _LOCALE.fullmatch(post_logout_redirect_uri):
                raise HTTPException(400, "post_logout_redirect_uri")
            return RedirectResponse(post_logout_redirect_uri, 303)

        return router

    def _jetons(self, sujet: str, client: str, nonce: str | None, renouvelable: bool = True) -> Response:
        donnes = {"access_token": self._emetteur.jeton(sujet, DUREE), "token_type": "Bearer", "expires_in": DUREE}
        if renouvelable:
            suivant = donnes["refresh_token"] = secrets.token_urlsafe(24)
            self._renouvellements[suivant] = (sujet, client)
        if nonce is not None:
            donnes["id_token"] = self._emetteur.jeton(sujet, DUREE, aud=client, nonce=nonce)
        return JSONResponse(donnes, headers={"Cache-Control": "no-store"})


def _vaut(code: _Code, client: str, retour: str, verifier: str) -> bool:
    defi = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    fits = (code.client, code.retour) == (client, retour)
    return fits and time.time() < code.avant and secrets.compare_digest(defi, code.defi)


def _refus() -> Response:
    return JSONResponse({"error": "invalid_grant"}, 400)


_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

_STYLE = """
:root { color-scheme: light dark; font: 17px/26px system-ui, sans-serif; }
body { max-width: 42rem; margin: 0 auto; padding: 2rem 1.2rem; background: #fbf8f3; color: #1f2a2e; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .4rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
ul { list-style: none; margin: 0; padding: 0; }
a { display: flex; flex-wrap: wrap; gap: 0 .8rem; padding: .55rem .9rem; margin-bottom: .4rem; border: 1px solid #d8d0c3;
  border-radius: 5px; background: #fff; color: #17535a; text-decoration: none; }
a:hover, a:focus { border-color: #1d5c63; text-decoration: underline; }
a span { color: #566367; }
@media (prefers-color-scheme: dark) {
  body { background: #192123; color: #ebe7df; } a { background: #202a2d; border-color: #3f4b4e; color: #8fd2d7; }
  a span { color: #b0b8b8; }
}
"""


def _page(comptes: Iterable[CompteAffiche], demande: dict[str, str]) -> str:
    groupes: dict[str, list[str]] = {}
    for sujet, organisation, role in comptes:
        adresse = html.escape(f"/authorize?{urlencode({**demande, 'sujet': sujet})}")
        ligne = f'<li><a href="{adresse}">{html.escape(sujet)} <span>{html.escape(role)}</span></a></li>'
        groupes.setdefault(organisation, []).append(ligne)
    listes = "".join(
        f"<h2>{html.escape(organisation)}</h2><ul>{''.join(lignes)}</ul>" for organisation, lignes in groupes.items()
    )
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Comptes de démonstration – Maillage</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body><main>'
        "<h1>Comptes de démonstration</h1><p>Sur cette machine, sans mot de passe. Un déploiement réel passe par le "
        f"fournisseur d’identité de chaque organisation.</p>{listes}</main></body></html>"
    )
