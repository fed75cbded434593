"""The key-encryption key behind an interface: a file on one machine, a key service in production."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.socle.base.settings import ReglageInvalide

_TAILLE, _NONCE = 32, 12


class EnveloppeInvalide(Exception):
    """Not made by this safe for this use: altered, swapped, or wrapped under a key it no longer has."""


class Coffre(Protocol):
    """Asynchronous, because a key service answers over the network."""

    async def envelopper(self, cle: bytes, aad: bytes) -> bytes:
        """`cle` encrypted, bound to `aad`; begins with the version of the key-encryption key."""
        ...

    async def developper(self, enveloppe: bytes, aad: bytes) -> bytes:
        """The key back. Raises EnveloppeInvalide."""
        ...

    def empreinte(self, data: bytes) -> bytes:
        """32 bytes that recognise `data` again, and that nobody without this safe can compute or guess from."""
        ...


class CoffreFichier:
    """Keys of 32 bytes one after the other in a file only its owner reads. The last one wraps, all of them unwrap:
    rotating is appending 32 random bytes, then wrapping again what still bears an older version."""

    def __init__(self, path: Path) -> None:
        keys = _lire(path)
        self._wraps = {bytes([n]): AESGCM(key) for n, key in enumerate(keys, 1)}
        self._version = bytes([len(keys)])
        # From the first key, which rotation keeps: a command repeated after a rotation must still be recognised.
        self._mac = HKDF(SHA256(), _TAILLE, salt=None, info=b"maillage empreinte 1").derive(keys[0])

    @staticmethod
    def creer(path: Path) -> None:
        """Writes a new key file. Raises FileExistsError rather than lose every household's data by replacing one."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(fd, os.urandom(_TAILLE))
            os.fsync(fd)
        finally:
            os.close(fd)

    async def envelopper(self, cle: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return self._version + nonce + self._wraps[self._version].encrypt(nonce, cle, aad)

    async def developper(self, enveloppe: bytes, aad: bytes) -> bytes:
        version, nonce, rest = enveloppe[:1], enveloppe[1 : 1 + _NONCE], enveloppe[1 + _NONCE :]
        wrap = self._wraps.get(version)
        if wrap is None:
            raise EnveloppeInvalide("no key-encryption key of this version")
        try:
            return wrap.decrypt(nonce, rest, aad)
        except (InvalidTag, ValueError) as error:  # ValueError: cut so short that no nonce is left
            raise EnveloppeInvalide("the envelope does not authenticate") from error

    def empreinte(self, data: bytes) -> bytes:
        return hmac.digest(self._mac, data, "sha256")


def _lire(path: Path) -> list[bytes]:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise ReglageInvalide(f"MAILLAGE_CLE_MAITRE : fichier illisible ({error.strerror}).") from error
    if mode & 0o077:
        raise ReglageInvalide("MAILLAGE_CLE_MAITRE : d'autres que son propriétaire peuvent le lire (chmod 600).")
    if not content or len(content) % _TAILLE or len(content) > 255 * _TAILLE:
        raise ReglageInvalide("MAILLAGE_CLE_MAITRE : le fichier doit contenir une ou plusieurs clés de 32 octets.")
    return [content[i : i + _TAILLE] for i in range(0, len(content), _TAILLE)]
