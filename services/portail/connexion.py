"""Signing in with the organisation's own OpenID Connect provider: code flow with PKCE, state and nonce.

What must be remembered between leaving for the provider and coming back is in a sealed cookie of the browser that left:
nobody else's browser can finish the journey, and nothing is written for those who never come back.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from services.portail.session import Jetons
from services.socle.base import settings

log = structlog.get_logger()

VOYAGE = 600
"""Seconds to come back from the provider."""
_RELIRE = 3600
_ALGORITHMES = ["RS256", "ES256", "EdDSA", "Ed25519", "PS256"]
_TOLERANCE = 30
_ADRESSE = re.compile(r"/(?![/\\])[A-Za-z0-9_\-./?=&%,]*")


class ConnexionRefusee(Exception):
    """The journey ended badly: cancelled, too slow, another browser's, or not what the provider should say."""


class FournisseurInjoignable(Exception):
    """The provider does not answer."""


class Depart(Struct, frozen=True):
    """What the browser that left remembers."""

    connexion: int
    state: str
    nonce: str
    verifier: str
    suite: str
    avant: float


class Description(Struct, frozen=True):
    """What we need of a provider's own description."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None


def suite_sure(suite: str | None) -> str:
    """Where to go on after signing in: a page of ours, never another site's; else the home page."""
    return suite if suite and len(suite) <= 500 and _ADRESSE.fullmatch(suite) else "/"


class Fournisseur:
    """One sign-in of the deployment's settings, and what its provider says of itself."""

    def __init__(self, reglage: settings.Connexion, client: httpx.AsyncClient) -> None:
        self.reglage, self._client = reglage, client
        self._url = reglage.configuration or f"{reglage.issuer.rstrip('/')}/.well-known/openid-configuration"
        self._description: Description | None = None
        self._cles: KeySet | None = None
        self._lu = float("-inf")
        self._seul = asyncio.Lock()

    async def description(self) -> Description:
        """Read once an hour. Raises FournisseurInjoignable."""
        async with self._seul:
            if self._description is None or time.monotonic() - self._lu > _RELIRE:
                await self._relire()
            assert self._description is not None
            return self._description

    async def cles(self) -> KeySet:
        await self.description()
        assert self._cles is not None
        return self._cles

    async def _relire(self) -> None:
        try:
            said = (await self._client.get(self._url, timeout=5)).raise_for_status()
            description = msgspec.json.decode(said.content, type=Description)
            if description.issuer != self.reglage.issuer:
                raise ValueError("another issuer's description")
            cles = (await self._client.get(description.jwks_uri, timeout=5)).raise_for_status().json()
            listed = [cle for cle in cles["keys"] if cle.get("use", "sig") == "sig"]
            self._cles = KeySet.import_key_set({"keys": listed})
        except (httpx.HTTPError, msgspec.MsgspecError, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("fournisseur_illisible", url=self._url, erreur=type(error).__name__)
            raise FournisseurInjoignable from error
        self._description, self._lu = description, time.monotonic()

    def relire_bientot(self) -> None:
        """A token signed by a key we do not know: the provider may have changed its keys."""
        self._lu = float("-inf")

    def origine(self) -> set[str]:
        """Where forms may lead to, for the pages' security policy: signing out ends at the provider's."""
        found = {self._url, self.reglage.issuer}
        if self._description:
            found |= {
                u for u in (self._description.authorization_endpoint, self._description.end_session_endpoint) if u
            }
        return {f"{p.scheme}://{p.netloc}" for p in map(urlsplit, found)}


class Connexions:
    """`secret` seals the departures; `adresse` is the pages' public address."""

    def __init__(
        self, reglages: Sequence[settings.Connexion], client: httpx.AsyncClient, secret: bytes, adresse: str
    ) -> None:
        self.fournisseurs = [Fournisseur(reglage, client) for reglage in reglages]
        self._client, self._sceau = client, AESGCM(secret)
        self._adresse = adresse
        self._retour = f"{adresse}/connexion/retour"

    def par_issuer(self, issuer: str) -> Fournisseur | None:
        return next((f for f in self.fournisseurs if f.reglage.issuer == issuer), None)

    async def partir(self, rang: int, suite: str) -> tuple[str, str]:
        """(the provider's page to go to, the sealed departure). Raises FournisseurInjoignable, IndexError."""
        fournisseur = self.fournisseurs[rang]
        description = await fournisseur.description()
        depart = Depart(
            rang, secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), suite,
            time.time() + VOYAGE,
        )  # fmt: skip
        url = prepare_grant_uri(
            description.authorization_endpoint,
            client_id=fournisseur.reglage.client,
            response_type="code",
            redirect_uri=self._retour,
            scope="openid",
            state=depart.state,
            nonce=depart.nonce,
            code_challenge=create_s256_code_challenge(depart.verifier),
            code_challenge_method="S256",
        )
        return str(url), self._sceller(depart)

    async def revenir(self, scelle: str | None, parametres: dict[str, str]) -> tuple[Fournisseur, Jetons, str]:
        """(provider, tokens, where to go on). Raises ConnexionRefusee, FournisseurInjoignable."""
        depart = self._ouvrir(scelle)
        if depart is None or not secrets.compare_digest(parametres.get("state", "").encode(), depart.state.encode()):
            raise ConnexionRefusee("etat")
        if "code" not in parametres:
            raise ConnexionRefusee("annulee")
        fournisseur = self.fournisseurs[depart.connexion]
        description = await fournisseur.description()
        if parametres.get("iss", description.issuer) != description.issuer:
            raise ConnexionRefusee("emetteur")
        recu = await self._jeton(
            fournisseur, grant_type="authorization_code", code=parametres["code"], code_verifier=depart.verifier,
            redirect_uri=self._retour,
        )  # fmt: skip
        await self._identite(fournisseur, recu.get("id_token"), depart.nonce)
        return fournisseur, _jetons(recu), depart.suite

    async def renouveler(self, issuer: str, jetons: Jetons) -> Jetons | None:
        """New tokens for those that end; None when the provider gives none any more. Raises FournisseurInjoignable."""
        fournisseur = self.par_issuer(issuer)
        if fournisseur is None or jetons.renouvellement is None:
            return None
        try:
            recu = await self._jeton(fournisseur, grant_type="refresh_token", refresh_token=jetons.renouvellement)
        except ConnexionRefusee:
            return None
        neuf = _jetons(recu)
        return msgspec.structs.replace(
            neuf,
            renouvellement=neuf.renouvellement or jetons.renouvellement,
            identite=neuf.identite or jetons.identite,
        )

    async def adresse_de_sortie(self, issuer: str, jetons: Jetons) -> str | None:
        """The provider's own sign-out page, which comes back to ours."""
        fournisseur = self.par_issuer(issuer)
        if fournisseur is None:
            return None
        try:
            sortie = (await fournisseur.description()).end_session_endpoint
        except FournisseurInjoignable:
            return None
        if sortie is None:
            return None
        demande = {"client_id": fournisseur.reglage.client, "post_logout_redirect_uri": f"{self._adresse}/deconnecte"}
        if jetons.identite:
            demande["id_token_hint"] = jetons.identite
        return f"{sortie}{'&' if '?' in sortie else '?'}{urlencode(demande)}"

    def origines(self) -> set[str]:
        return {origine for fournisseur in self.fournisseurs for origine in fournisseur.origine()}

    async def _jeton(self, fournisseur: Fournisseur, **demande: str) -> dict[str, Any]:
        """What the provider's token endpoint answers. Raises ConnexionRefusee, FournisseurInjoignable."""
        description, reglage = await fournisseur.description(), fournisseur.reglage
        secret = httpx.BasicAuth(reglage.client, reglage.secret.get_secret_value()) if reglage.secret else httpx.Auth()
        if reglage.secret is None:
            demande["client_id"] = reglage.client
        try:
            reponse = await self._client.post(description.token_endpoint, data=demande, auth=secret, timeout=5)
            recu = reponse.json()
        except (httpx.HTTPError, ValueError) as error:
            raise FournisseurInjoignable from error
        if reponse.status_code >= 500:
            raise FournisseurInjoignable
        if reponse.is_error or not isinstance(recu, dict) or not isinstance(recu.get("access_token"), str):
            log.warning("connexion_refusee", statut=reponse.status_code)
            raise ConnexionRefusee("fournisseur")
        return recu

    async def _identite(self, fournisseur: Fournisseur, jeton: object, nonce: str) -> None:
        """The provider's word that this is the journey we began. Raises ConnexionRefusee."""
        if not isinstance(jeton, str):
            raise ConnexionRefusee("identite")
        try:
            claims = jwt.decode(jeton, await fournisseur.cles(), algorithms=_ALGORITHMES).claims
        except (JoseError, ValueError) as error:
            fournisseur.relire_bientot()
            raise ConnexionRefusee("signature") from error
        aud = claims.get("aud")
        client = fournisseur.reglage.client
        attendu = (
            claims.get("iss") == fournisseur.reglage.issuer
            and client in (aud if isinstance(aud, list) else [aud])
            and claims.get("azp", client) == client
            and isinstance(claims.get("exp"), int | float)
            and claims["exp"] > time.time() - _TOLERANCE
            and secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        )
        if not attendu:
            raise ConnexionRefusee("identite")

    def _sceller(self, depart: Depart) -> str:
        nonce = os.urandom(12)
        sealed = nonce + self._sceau.encrypt(nonce, msgspec.json.encode(depart), b"maillage depart 1")
        return urlsafe_b64encode(sealed).decode()

    def _ouvrir(self, scelle: str | None) -> Depart | None:
        try:
            data = urlsafe_b64decode(scelle or "")
            clear = self._sceau.decrypt(data[:12], data[12:], b"maillage depart 1")
            depart = msgspec.json.decode(clear, type=Depart)
        except (InvalidTag, ValueError):
            return None
        known = depart.connexion < len(self.fournisseurs)
        return depart if known and time.time() < depart.avant else None


def _jetons(recu: dict[str, Any]) -> Jetons:
    duree = recu.get("expires_in")
    return Jetons(
        acces=recu["access_token"],
        expire=time.time() + (duree if isinstance(duree, int | float) else 300),
        renouvellement=recu.get("refresh_token"),
        identite=recu.get("id_token"),
    )
