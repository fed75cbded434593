"""Who is asking: checks the bearer token against its issuer's keys, then looks up what that person may do here.

The token only says who; roles come from partenaires' facts, so that removing a member holds from the next request on.
Expiry is measured on the real clock even where the business one is simulated.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import httpx
import msgspec
import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey
from msgspec import Struct

from services.socle.base.settings import Emetteur
from services.socle.facts.refusal import Refus

log = structlog.get_logger()

TOLERANCE = 30
"""Seconds two machines' clocks may differ."""
_JETON_MAX = 8192
_RSA_MIN = 2048
_RELIRE_AU_PLUS, _RELIRE_AU_MOINS = 30, 600
"""Seconds: at most every 30 for a key we do not know, at least every 600 so that a key the issuer withdrew stops."""

_RETENUS = 4096
"""Tokens whose signature need not be checked again, by their hash: the tokens themselves are not kept."""


class Acteur(Struct, frozen=True):
    """A member of an organisation, as partenaires' facts know them. `nature` is the organisation's."""

    organisation: UUID
    membre: UUID
    roles: frozenset[str]
    nature: str

    def exiger(self, *roles: str) -> None:
        """Raises Refus("role_insuffisant") unless the member has one of these roles."""
        if self.roles.isdisjoint(roles):
            raise Refus("role_insuffisant")


TrouverAcces: TypeAlias = Callable[[str, str], Awaitable[Acteur | None]]
"""(issuer, subject) → who that is here, or None."""


class EmetteurInjoignable(Exception):
    """No key of this issuer was ever read, so nothing can be said of its tokens."""


class _Revendications(Struct, frozen=True):
    """What we read of a token's claims; a wrong type is refused by decoding."""

    iss: str
    sub: str
    exp: float
    aud: str | list[str]
    nbf: float = 0
    iat: float = 0


class _Entete(Struct, frozen=True):
    alg: str
    kid: str


class Authentification:
    """Checks tokens. One per process: it remembers the issuers' public keys."""

    def __init__(
        self,
        emetteurs: Iterable[Emetteur],
        trouver_acces: TrouverAcces,
        client: httpx.AsyncClient,
        maintenant: Callable[[], float] = time.time,
    ) -> None:
        self._cles = {emetteur.issuer: _Cles(emetteur, client) for emetteur in emetteurs}
        self._verifies: dict[bytes, _Verifie] = {}
        self._trouver_acces, self._maintenant = trouver_acces, maintenant
        # RFC 9864 renames EdDSA to Ed25519; providers still sign under the old name, and the key says which curve.
        warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)

    async def acteur(self, jeton: str) -> Acteur:
        """Whose token it is. Raises Refus: jeton_invalide, jeton_expire or jeton_sans_acces; EmetteurInjoignable."""
        claims = await self._verifier(jeton)
        found = await self._trouver_acces(claims.iss, claims.sub)
        if found is None:
            raise Refus("jeton_sans_acces")
        return found

    async def _verifier(self, jeton: str) -> _Revendications:
        """The claims of a token that holds now. Its signature is checked once for as long as its issuer keeps the key."""
        if len(jeton) > _JETON_MAX:
            raise Refus("jeton_invalide")
        trace = hashlib.sha256(jeton.encode("utf-8", "surrogatepass")).digest()
        connu = self._verifies.get(trace)
        if connu is None or await self._cles[connu.claims.iss].cle(connu.kid) is not connu.cle:
            connu = await self._authentifier(jeton)
            if len(self._verifies) >= _RETENUS:
                del self._verifies[next(iter(self._verifies))]
            self._verifies[trace] = connu
        self._dates(connu.claims)
        return connu.claims

    async def _authentifier(self, jeton: str) -> _Verifie:
        try:
            unsafe = jws.extract_compact(jeton.encode("ascii"))
            entete = msgspec.convert(unsafe.headers(), _Entete)
            claims = msgspec.json.decode(unsafe.payload, type=_Revendications)
        except (JoseError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise Refus("jeton_invalide") from error
        cles = self._cles.get(claims.iss)
        cle = await cles.cle(entete.kid) if cles else None
        if cles is None or cle is None or entete.alg not in cle.algorithmes:
            raise Refus("jeton_invalide")
        try:
            # The key and its algorithms are ours: whatever the header suggests (none, HS256, jku, jwk, x5u) has no say.
            authentic = jws.validate_compact(unsafe, cle.cle, algorithms=[entete.alg])
        except (JoseError, ValueError) as error:
            raise Refus("jeton_invalide") from error
        if not authentic:
            raise Refus("jeton_invalide")
        if cles.audience not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
            raise Refus("jeton_invalide")
        if not claims.sub or "\x00" in claims.sub:
            raise Refus("jeton_invalide")
        return _Verifie(claims, entete.kid, cle)

    def _dates(self, claims: _Revendications) -> None:
        now = self._maintenant()
        if max(claims.nbf, claims.iat) > now + TOLERANCE:
            raise Refus("jeton_invalide")
        if not claims.exp > now - TOLERANCE:
            raise Refus("jeton_expire")


class _Cle(Struct, frozen=True):
    cle: RSAKey | ECKey | OKPKey
    algorithmes: tuple[str, ...]


class _Verifie(Struct, frozen=True):
    """What a token says, and the key that signed it: read again, an issuer's keys are other objects."""

    claims: _Revendications
    kid: str
    cle: _Cle


class _Cles:
    """One issuer's public keys, by key id."""

    def __init__(self, emetteur: Emetteur, client: httpx.AsyncClient) -> None:
        self.audience = emetteur.audience
        self._url, self._client = emetteur.jwks_url, client
        self._cles: dict[str, _Cle] = {}
        self._essai = self._lu = float("-inf")
        self._seul = asyncio.Lock()

    async def cle(self, kid: str) -> _Cle | None:
        """The key, or None if the issuer has no such key; its set is read again when it may have changed."""
        if kid not in self._cles or time.monotonic() - self._lu > _RELIRE_AU_MOINS:
            async with self._seul:
                if time.monotonic() - self._essai > _RELIRE_AU_PLUS:
                    await self._relire()
        if not self._cles and self._lu == float("-inf"):
            raise EmetteurInjoignable
        return self._cles.get(kid)

    async def _relire(self) -> None:
        self._essai = time.monotonic()
        try:
            answer = (await self._client.get(self._url, timeout=5)).raise_for_status()
            listed = answer.json()["keys"]
            self._cles = {kid: cle for jwk in listed if (cle := _importer(jwk)) and (kid := _kid(jwk))}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("cles_emetteur_illisibles", url=self._url, erreur=type(error).__name__)
            return
        self._lu = self._essai


def _kid(jwk: dict[str, Any]) -> str | None:
    kid = jwk.get("kid")
    return kid if isinstance(kid, str) and kid else None


def _importer(jwk: dict[str, Any]) -> _Cle | None:
    """A signing key and the algorithms it may be used with; None for an unknown type, a weak or an encryption key."""
    if jwk.get("use", "sig") != "sig":
        return None
    try:
        match jwk:
            case {"kty": "RSA"}:
                rsa = RSAKey.import_key(jwk)
                return _pour(rsa, jwk, "RS256") if rsa.public_key.key_size >= _RSA_MIN else None
            case {"kty": "EC", "crv": "P-256"}:
                return _pour(ECKey.import_key(jwk), jwk, "ES256")
            case {"kty": "OKP", "crv": "Ed25519"}:
                return _pour(OKPKey.import_key(jwk), jwk, "EdDSA", "Ed25519")
            case _:
                return None
    except (JoseError, ValueError):
        return None


def _pour(cle: RSAKey | ECKey | OKPKey, jwk: dict[str, Any], *algorithmes: str) -> _Cle | None:
    declared = jwk.get("alg")
    if declared is None:
        return _Cle(cle, algorithmes)
    return _Cle(cle, (declared,)) if declared in algorithmes else None


_porteur = HTTPBearer(auto_error=False, scheme_name="jeton", description="Jeton d'accès (JWT) de votre organisation.")


async def _acteur(
    request: Request, porteur: Annotated[HTTPAuthorizationCredentials | None, Depends(_porteur)]
) -> Acteur:
    if porteur is None or not porteur.credentials:
        raise Refus("jeton_absent")
    authentification: Authentification = request.app.state.authentification
    found = await authentification.acteur(porteur.credentials)
    structlog.contextvars.bind_contextvars(organisation=str(found.organisation), membre=str(found.membre))
    return found


ActeurConnu: TypeAlias = Annotated[Acteur, Depends(_acteur)]
"""FastAPI parameter type: the member who asks. `application(authentification=…)` gives what checks the token."""
