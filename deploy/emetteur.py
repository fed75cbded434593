"""The small token issuer of the local mode: signs for the demo's accounts, as an organisation's provider would.

Production uses real identity providers; this one exists so that one machine without any can run everything.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import OKPKey

AUDIENCE = "maillage"


class EmetteurLocal:
    """Signs tokens for `issuer` with a key of its own, made when it starts: nothing it signed outlives it."""

    def __init__(self, issuer: str, maintenant: Any = time.time) -> None:
        self.issuer, self._maintenant = issuer, maintenant
        self._kid = uuid4().hex
        self._cle = OKPKey.generate_key("Ed25519", {"kid": self._kid, "use": "sig", "alg": "Ed25519"})

    def jwks(self) -> dict[str, Any]:
        """The public key, as services fetch it."""
        return {"keys": [self._cle.as_dict(private=False)]}

    def jeton(self, sujet: str, duree: int = 24 * 3600) -> str:
        """A token for `sujet`, valid `duree` seconds."""
        now = int(self._maintenant())
        claims = {"iss": self.issuer, "sub": sujet, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + duree}
        return jwt.encode({"alg": "Ed25519", "kid": self._kid}, claims, self._cle, algorithms=["Ed25519"])
