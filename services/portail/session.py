"""Who is signed in: sessions kept on the server, behind a cookie that says nothing by itself.

The cookie is 32 random bytes. The database knows it by its digest, and holds the session encrypted under a key made from
the cookie: whoever reads the whole database can neither use a session nor read a token. Times are the machine's own, even
where the business clock is simulated.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import asyncpg
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from services.portail.tables import REGARD
from services.socle.base.database import Connection

INACTIVE = timedelta(minutes=30)
ENTIERE = timedelta(hours=10)
"""How long a session lasts unused, and at most."""
RECONNUE = timedelta(hours=24)
"""How long an ended session still says whose it was, so that what is typed into a forgotten tab becomes a draft."""
_NOTER = timedelta(minutes=1)


class Personne(Struct, frozen=True):
    """The member, as partenaires knows them."""

    membre: UUID
    organisation: UUID
    nature: str
    roles: tuple[str, ...]
    nom: str
    nom_organisation: str


class Jetons(Struct, frozen=True):
    """What the provider gave. `expire`: seconds since the epoch, of the access token."""

    acces: str
    expire: float
    renouvellement: str | None
    identite: str | None


class Session(Struct, frozen=True):
    """A signed-in browser. `cle` is the cookie's secret; `vivante` is False once the session has ended."""

    cle: bytes
    personne: Personne
    jetons: Jetons
    issuer: str
    vivante: bool

    @property
    def empreinte(self) -> bytes:
        return hashlib.sha256(self.cle).digest()


class _Contenu(Struct, frozen=True):
    personne: Personne
    jetons: Jetons
    issuer: str


def _maintenant() -> datetime:
    return datetime.now(UTC)


class Sessions:
    """`pool` connects as portail_api. `securise`: the pages are reached over https."""

    def __init__(
        self, pool: asyncpg.Pool[Any], securise: bool, maintenant: Callable[[], datetime] = _maintenant
    ) -> None:
        self._pool, self._securise, self.maintenant = pool, securise, maintenant
        self._verrous: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self.cookie = "__Host-maillage" if securise else "maillage"

    async def ouvrir(self, personne: Personne, jetons: Jetons, issuer: str) -> Session:
        """A session under a new secret: whatever cookie the browser came with is worth nothing to it."""
        session = Session(os.urandom(32), personne, jetons, issuer, True)
        now = self.maintenant()
        async with self.regard(session.empreinte) as connection:
            await connection.execute(
                "INSERT INTO portail.sessions (empreinte, membre, organisation, contenu, ouverte_le, vue_le) "
                "VALUES ($1, $2, $3, $4, $5, $5)",
                session.empreinte, personne.membre, personne.organisation, _sceller(session), now,
            )  # fmt: skip
        return session

    async def de(self, request: Request) -> Session | None:
        """The session of this request's cookie; None if it is unknown, or ended so long ago that it says nothing."""
        cle = _lire(request.cookies.get(self.cookie))
        if cle is None:
            return None
        empreinte = hashlib.sha256(cle).digest()
        now = self.maintenant()
        async with self.regard(empreinte) as connection:
            row = await connection.fetchrow(
                "SELECT contenu, ouverte_le, vue_le FROM portail.sessions WHERE empreinte = $1", empreinte
            )
            if row is None or now > row["ouverte_le"] + RECONNUE:
                return None
            vivante = now < row["vue_le"] + INACTIVE and now < row["ouverte_le"] + ENTIERE
            if vivante and now > row["vue_le"] + _NOTER:
                await connection.execute("UPDATE portail.sessions SET vue_le = $2 WHERE empreinte = $1", empreinte, now)
        contenu = _ouvrir(row["contenu"], cle, empreinte)
        return Session(cle, contenu.personne, contenu.jetons, contenu.issuer, vivante) if contenu else None

    def verrou(self, session: Session) -> asyncio.Lock:
        """One at a time in this process, for this session."""
        return self._verrous.setdefault(session.empreinte, asyncio.Lock())

    async def renouveler(self, session: Session, jetons: Jetons) -> Session:
        """The same session with new tokens."""
        session = msgspec.structs.replace(session, jetons=jetons)
        async with self.regard(session.empreinte) as connection:
            await connection.execute(
                "UPDATE portail.sessions SET contenu = $2 WHERE empreinte = $1", session.empreinte, _sceller(session)
            )
        return session

    async def fermer(self, session: Session) -> None:
        async with self.regard(session.empreinte) as connection:
            await connection.execute("DELETE FROM portail.sessions WHERE empreinte = $1", session.empreinte)

    async def fermer_partout(self, session: Session) -> None:
        """All the sessions of this member, on whatever machine."""
        async with self.regard(session.empreinte, session.personne.membre) as connection:
            await connection.execute("DELETE FROM portail.sessions WHERE membre = $1", session.personne.membre)

    @asynccontextmanager
    async def regard(self, empreinte: bytes = b"", membre: UUID | None = None) -> AsyncIterator[Connection]:
        """A transaction in which only this session, and this member's rows, exist."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(REGARD, empreinte.hex(), str(membre or ""))
            yield connection

    def poser(self, reponse: Response, session: Session) -> None:
        reponse.set_cookie(self.cookie, _texte(session.cle), **self.attributs())

    def oter(self, reponse: Response) -> None:
        reponse.delete_cookie(self.cookie, **self.attributs())

    def attributs(self) -> dict[str, Any]:
        """Of every cookie of ours. Lax: one must still be signed in when coming from a link in a mail."""
        return {"path": "/", "httponly": True, "samesite": "lax", "secure": self._securise}


def jeton_csrf(session: Session) -> str:
    """The session's own token, under another mask each time: a compressed page gives it away to no measure."""
    secret = _csrf(session)
    mask = os.urandom(len(secret))
    return _texte(mask + bytes(a ^ b for a, b in zip(mask, secret, strict=True)))


def csrf_valide(session: Session, jeton: str) -> bool:
    lu = _lire(jeton, 64)
    return lu is not None and hmac.compare_digest(
        bytes(a ^ b for a, b in zip(lu[:32], lu[32:], strict=True)), _csrf(session)
    )


def _csrf(session: Session) -> bytes:
    return hmac.digest(session.cle, b"maillage csrf 1", "sha256")


def _chiffre(cle: bytes) -> AESGCM:
    return AESGCM(hmac.digest(cle, b"maillage session 1", "sha256"))


def _sceller(session: Session) -> bytes:
    nonce = os.urandom(12)
    clear = msgspec.json.encode(_Contenu(session.personne, session.jetons, session.issuer))
    return nonce + _chiffre(session.cle).encrypt(nonce, clear, session.empreinte)


def _ouvrir(contenu: bytes, cle: bytes, empreinte: bytes) -> _Contenu | None:
    try:
        clear = _chiffre(cle).decrypt(contenu[:12], contenu[12:], empreinte)
        return msgspec.json.decode(clear, type=_Contenu)
    except (InvalidTag, msgspec.MsgspecError):  # written by a former version: one signs in again
        return None


def _texte(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _lire(text: str | None, longueur: int = 32) -> bytes | None:
    try:
        data = urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4))
    except ValueError:
        return None
    return data if len(data) == longueur else None
