"""Seals personal data under one key per household and organisation, and makes them unreadable by destroying that key.

A sealed text is a token, `chiffre:1:<key>:<event>:<nonce and ciphertext>`, which travels as any text: into the store,
onto Kafka, into views. Only the query layer opens it, at the very end. Destroying the one row of its key makes every
copy unreadable, backups and write-ahead logs included.

What is authenticated with each text (AES-256-GCM, associated data): the key, the person, the organisation, the event.
All of it is known when opening, from the token and the key's row, so a ciphertext put under another event's id or
another household's key does not open. The field's name is left out: views rename and move texts, so it could only be
checked against a copy of itself inside the token, which proves nothing.

No key in clear outlives a call. A cache would save a round trip per request, and would go on reading an erased
household in every other process until it expires; erasure must hold at once, everywhere.

The former envelope stays in the keys database's dead row and write-ahead log until PostgreSQL recycles them, wrapped
under the key-encryption key. This is why keys live in a database of their own, with short-lived backups.
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import msgspec
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid, func
from sqlalchemy import UniqueConstraint as Unique
from uuid_utils.compat import uuid7

from services.socle.base.points import point
from services.socle.facts.refusal import Refus
from services.socle.keys.erased import EFFACE, Efface
from services.socle.keys.personal import changer, textes
from services.socle.keys.vault import Coffre, EnveloppeInvalide

log = structlog.get_logger()
T = TypeVar("T")
S = TypeVar("S", bound=Struct)

_JETON = re.compile(r"chiffre:1:([0-9a-f]{32}):([0-9a-f]{32}):([A-Za-z0-9_-]+)")
_NONCE = 12


def tables(service: str) -> MetaData:
    """The tables of `service` in the keys database: schema `service`. A destroyed key's row stays, without its
    envelope, so that nobody makes the household a new key by mistake."""
    metadata = MetaData(schema=service)
    life = (
        lambda: Column("enveloppe", LargeBinary),
        lambda: Column("creee_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
        lambda: Column("detruite_le", DateTime(timezone=True)),
        lambda: CheckConstraint("(enveloppe IS NULL) = (detruite_le IS NOT NULL)"),
    )
    Table(
        "cles",
        metadata,
        Column("cle", Uuid, primary_key=True),
        Column("personne", Uuid, nullable=False),
        Column("organisation", Uuid, nullable=False),
        *(part() for part in life),
        Unique("personne", "organisation"),
    )
    Table("cles_derivees", metadata, Column("nom", ARRAY(Text), primary_key=True), *(part() for part in life))
    return metadata


def droits(service: str) -> tuple[str, ...]:
    """What role `<service>_cles` may do there: never delete a row, never change whose key it is. Row-level security is
    forced here too, so that not even the tables' owner reads a key as it migrates them."""
    both = f"{service}.cles, {service}.cles_derivees"
    return (
        *(
            statement
            for table in (f"{service}.cles", f"{service}.cles_derivees")
            for statement in (
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY trousseau ON {table} TO {service}_cles USING (true) WITH CHECK (true)",
            )
        ),
        f"GRANT USAGE ON SCHEMA {service} TO {service}_cles",
        f"GRANT SELECT, INSERT ON {both} TO {service}_cles",
        f"GRANT UPDATE (enveloppe, detruite_le) ON {both} TO {service}_cles",
    )


class CleDetruite(Exception):
    """The derived key was destroyed; what it named can no longer be computed."""


class Trousseau:
    """The keys of one service. `pool` connects to maillage_cles as `<service>_cles`."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], coffre: Coffre, service: str) -> None:
        self._pool, self._coffre = pool, coffre
        self._obtenir = _OBTENIR.format(s=service)
        self._lire = f"SELECT cle, personne, organisation, enveloppe FROM {service}.cles WHERE cle = ANY($1)"
        self._detruire = _DETRUIRE.format(s=service)
        self._obtenir_derivee = _OBTENIR_DERIVEE.format(s=service)

    def empreinte(self, data: bytes) -> bytes:
        """A keyed fingerprint: a bare hash over a name would let anyone who reads it guess the name."""
        return self._coffre.empreinte(data)

    async def sceller(self, valeur: S, personne: UUID, organisation: UUID, evenement: UUID) -> S:
        """A copy of `valeur` whose personal texts are sealed; see `sceller_tout`."""
        [sealed] = await self.sceller_tout([(valeur, evenement)], personne, organisation)
        return cast(S, sealed)

    async def sceller_tout(
        self, valeurs: Sequence[tuple[Any, UUID]], personne: UUID | None, organisation: UUID
    ) -> list[Any]:
        """Each value (with its event's id) with its personal texts sealed for `organisation`, about `personne`.

        One round trip, or none when no personal text is filled; only then may `personne` be None. Raises
        Refus("donnees_effacees") when the key was destroyed or a text was read from a destroyed one.
        """
        filled = [text for valeur, _ in valeurs for text in textes(valeur)]
        if not filled:
            return [valeur for valeur, _ in valeurs]
        if personne is None:
            raise ValueError("personal texts, and nobody they are about")
        if any(isinstance(text, Efface) for text in filled):
            raise Refus("donnees_effacees")
        # A decider that copied a sealed text instead of an opened one would seal it twice: people would read a token.
        if any(_JETON.fullmatch(text) for text in filled):
            raise Refus("texte_reserve")
        cle, key = await self._cle(personne, organisation)
        return [
            changer(valeur, _scelleuse(key, cle, personne, organisation, evenement)) for valeur, evenement in valeurs
        ]

    async def ouvrir(self, obj: T) -> T:
        """`obj` (Structs, dicts, lists, tuples, texts, nested) with every token opened, in one round trip.

        A token whose key is destroyed reads as EFFACE; so does one that does not authenticate, which is logged.
        """
        tokens = {text: found for text in _textes(obj) if (found := _JETON.fullmatch(text))}
        if not tokens:
            return obj
        rows = await self._pool.fetch(self._lire, list({UUID(found[1]) for found in tokens.values()}))
        keys = {row["cle"]: (row, await self._ouvrir_cle(row)) for row in rows}
        clear = {text: _ouvrir(found, keys) for text, found in tokens.items()}
        return cast(T, _remplacer(obj, lambda text: clear.get(text, text)))

    async def detruire(self, personne: UUID, organisation: UUID) -> None:
        """Makes everything sealed for this pair unreadable, for good. Leaves a mark even where there was no key yet, so
        that none is made afterwards. Doing it twice changes nothing."""
        point("effacement.avant")
        await self._pool.execute(self._detruire, uuid7(), personne, organisation)
        point("effacement.apres")

    async def cle_derivee(self, nom: tuple[str, ...]) -> bytes:
        """A random 32-byte key for one purpose, such as ("flux", financeur, convention, annee); made at its first use.
        Raises CleDetruite."""
        key = os.urandom(32)
        enveloppe = await self._coffre.envelopper(key, _aad_derivee(nom))
        while (row := await self._pool.fetchrow(self._obtenir_derivee, list(nom), enveloppe)) is None:
            pass  # another process made it after our snapshot; the next statement sees it
        if row["enveloppe"] is None:
            raise CleDetruite(*nom)
        return await self._coffre.developper(row["enveloppe"], _aad_derivee(nom))

    async def _cle(self, personne: UUID, organisation: UUID) -> tuple[UUID, bytes]:
        """The pair's key, made if there is none. Raises Refus("donnees_effacees")."""
        cle, key = uuid7(), AESGCM.generate_key(256)
        enveloppe = await self._coffre.envelopper(key, _aad_cle(cle, personne, organisation))
        point("cle.avant")
        while (row := await self._pool.fetchrow(self._obtenir, cle, personne, organisation, enveloppe)) is None:
            pass  # another process made it after our snapshot; the next statement sees it
        point("cle.apres")
        if row["enveloppe"] is None:
            raise Refus("donnees_effacees")
        if row["cle"] == cle:
            return cle, key
        return row["cle"], await self._coffre.developper(row["enveloppe"], _aad_cle(row["cle"], personne, organisation))

    async def _ouvrir_cle(self, row: asyncpg.Record) -> bytes | None:
        if row["enveloppe"] is None:
            return None
        try:
            return await self._coffre.developper(
                row["enveloppe"], _aad_cle(row["cle"], row["personne"], row["organisation"])
            )
        except EnveloppeInvalide:
            log.error("enveloppe_invalide", cle=str(row["cle"]))
            return None


# Insert or read in one round trip. An existing row makes the insert do nothing, without taking a transaction id.
_OBTENIR = """
WITH nouvelle AS (
  INSERT INTO {s}.cles (cle, personne, organisation, enveloppe) VALUES ($1, $2, $3, $4)
  ON CONFLICT (personne, organisation) DO NOTHING RETURNING cle, enveloppe)
SELECT cle, enveloppe FROM nouvelle
UNION ALL SELECT cle, enveloppe FROM {s}.cles WHERE personne = $2 AND organisation = $3"""

_DETRUIRE = """
INSERT INTO {s}.cles (cle, personne, organisation, enveloppe, detruite_le) VALUES ($1, $2, $3, NULL, now())
ON CONFLICT (personne, organisation) DO UPDATE SET enveloppe = NULL, detruite_le = now()
WHERE cles.detruite_le IS NULL"""

_OBTENIR_DERIVEE = """
WITH nouvelle AS (
  INSERT INTO {s}.cles_derivees (nom, enveloppe) VALUES ($1, $2)
  ON CONFLICT (nom) DO NOTHING RETURNING enveloppe)
SELECT enveloppe FROM nouvelle UNION ALL SELECT enveloppe FROM {s}.cles_derivees WHERE nom = $1"""


def _aad_cle(cle: UUID, personne: UUID, organisation: UUID) -> bytes:
    return b"maillage cle 1" + cle.bytes + personne.bytes + organisation.bytes


def _aad_derivee(nom: tuple[str, ...]) -> bytes:
    return b"maillage derivee 1" + msgspec.json.encode(nom)


def _aad_texte(cle: UUID, personne: UUID, organisation: UUID, evenement: UUID) -> bytes:
    return b"maillage texte 1" + cle.bytes + personne.bytes + organisation.bytes + evenement.bytes


def _scelleuse(key: bytes, cle: UUID, personne: UUID, organisation: UUID, evenement: UUID) -> Callable[[str], str]:
    cipher, aad = AESGCM(key), _aad_texte(cle, personne, organisation, evenement)

    def seal(text: str) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + cipher.encrypt(nonce, text.encode(), aad)
        return f"chiffre:1:{cle.hex}:{evenement.hex}:{urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    return seal


def _ouvrir(found: re.Match[str], keys: dict[UUID, tuple[asyncpg.Record, bytes | None]]) -> str:
    cle, evenement, text = UUID(found[1]), UUID(found[2]), found[3]
    if cle not in keys:
        log.error("cle_inconnue", cle=str(cle), evenement=str(evenement))
        return EFFACE
    row, key = keys[cle]
    if key is None:
        return EFFACE
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        aad = _aad_texte(cle, row["personne"], row["organisation"], evenement)
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], aad).decode()
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce, or not base64
        log.error("sceau_invalide", cle=str(cle), evenement=str(evenement))
        return EFFACE


def _textes(obj: Any) -> Iterable[str]:
    match obj:
        case str():
            yield obj
        case Struct():
            for name in obj.__struct_fields__:
                yield from _textes(getattr(obj, name))
        case dict():
            for value in obj.values():
                yield from _textes(value)
        case list() | tuple():
            for value in obj:
                yield from _textes(value)


def _remplacer(obj: Any, change: Callable[[str], str]) -> Any:
    match obj:
        case str():
            return change(obj)
        case Struct():
            return msgspec.structs.replace(
                obj, **{name: _remplacer(getattr(obj, name), change) for name in obj.__struct_fields__}
            )
        case dict():
            return {key: _remplacer(value, change) for key, value in obj.items()}
        case list():
            return [_remplacer(value, change) for value in obj]
        case tuple():
            return tuple(_remplacer(value, change) for value in obj)
        case _:
            return obj
