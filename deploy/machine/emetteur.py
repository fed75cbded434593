"""The small token issuer of the local mode: signs for the demo's accounts, as an organisation's provider would.

Production uses real identity providers; this one exists so that one machine without any can run everything.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import OKPKey

AUDIENCE = "maillage"


class EmetteurLocal:
    """Signs tokens for `issuer`. With a file `cle` the key is kept there, and so do the tokens hold from one run to the
    next; without, nothing it signed outlives it."""

    def __init__(self, issuer: str, maintenant: Any = time.time, cle: Path | None = None) -> None:
        self.issuer, self._maintenant = issuer, maintenant
        self._cle = OKPKey.import_key(json.loads(cle.read_text())) if cle and cle.exists() else _nouvelle(cle)
        self._kid = str(self._cle.kid)

    def jwks(self) -> dict[str, Any]:
        """The public key, as services fetch it."""
        return {"keys": [self._cle.as_dict(private=False)]}

    def jeton(self, sujet: str, duree: int = 24 * 3600, **autres: str) -> str:
        """A token for `sujet`, valid `duree` seconds; `autres` are further claims, or replace ours."""
        now = int(self._maintenant())
        claims = {
            "iss": self.issuer,
            "sub": sujet,
            "aud": AUDIENCE,
            "iat": now,
            "nbf": now,
            "exp": now + duree,
            **autres,
        }
        return jwt.encode({"alg": "Ed25519", "kid": self._kid}, claims, self._cle, algorithms=["Ed25519"])


def _nouvelle(fichier: Path | None) -> OKPKey:
    cle = OKPKey.generate_key("Ed25519", {"kid": uuid4().hex, "use": "sig", "alg": "Ed25519"})
    if fichier:
        neuf = fichier.with_name(f".{fichier.name}.{os.getpid()}")
        neuf.touch(mode=0o600)
        neuf.write_text(json.dumps(cle.as_dict(private=True)))
        os.replace(neuf, fichier)
    return cle
