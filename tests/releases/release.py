"""What a release left behind, as it is kept here: its facts' examples by their hash, its databases, and what it answered.

Written once by figer.py, read by the tests.
"""

from __future__ import annotations

import asyncio
import json
import lzma
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
from msgspec import Struct

from deploy.moteurs.postgres_binaires import binaires

RELEASES = Path(__file__).parent
FIXTURES = "contracts/fixtures"
BASES = ("partenaires", "dossiers", "notifications", "portail", "cles")
"""The databases of a deployment, without the prefix of their names."""


class Question(Struct, frozen=True):
    """Something asked of a service's API in an account's name, and what it answered. With `corps` it is a POST, with `cle`
    a command."""

    compte: str
    service: str
    chemin: str
    corps: Any
    cle: str | None
    reponse: Any


class Fiche(Struct, frozen=True):
    """`instant`: the simulated clock's, as its file holds it. `emetteur`: whose tokens its members bear. `cle_maitre`: the
    key-encryption keys, in hexadecimal. `roles`: those the dumps grant to. `geste`: the last command it was given."""

    version: str
    commit: str
    instant: str
    emetteur: str
    cle_maitre: str
    roles: Sequence[str]
    geste: Question


class Release:
    """The folder of one release."""

    def __init__(self, dossier: Path) -> None:
        self._dossier = dossier

    @property
    def fiche(self) -> Fiche:
        return msgspec.json.decode((self._dossier / "fiche.json").read_bytes(), type=Fiche)

    @property
    def questions(self) -> list[Question]:
        return msgspec.json.decode(lzma.decompress(self._reponses.read_bytes()), type=list[Question])

    @property
    def faits(self) -> dict[str, str]:
        """Path from the repository's root → SHA-256, of each fact the release published as an example."""
        lignes = (self._dossier / "faits.sha256").read_text().splitlines()
        return {chemin: empreinte for empreinte, chemin in (ligne.split("  ") for ligne in lignes)}

    @property
    def _reponses(self) -> Path:
        return self._dossier / "reponses.json.xz"

    def ecrire(self, fiche: Fiche, questions: Sequence[Question], dumps: Mapping[str, bytes], faits: str) -> None:
        """Raises FileExistsError for a release that is kept already."""
        self._dossier.mkdir(exist_ok=False)
        fichier = json.dumps(msgspec.to_builtins(fiche), ensure_ascii=False, indent=2) + "\n"
        (self._dossier / "fiche.json").write_text(fichier, encoding="utf-8")
        (self._dossier / "faits.sha256").write_text(faits)
        self._reponses.write_bytes(_serrer(msgspec.json.encode(questions)))
        for base, sql in dumps.items():
            (self._dossier / f"{base}.sql.xz").write_bytes(_serrer(sql))

    async def restaurer(self, dsn_admin: str, prefixe: str = "maillage_") -> None:
        """Put the databases back on a server that has none of these names, as its administrator would. Raises
        asyncpg.PostgresError, subprocess.CalledProcessError."""
        connection = await asyncpg.connect(dsn_admin)
        try:
            connus = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
            for role in set(self.fiche.roles) - connus:
                await connection.execute(f"CREATE ROLE {role}")
            for base in BASES:
                await connection.execute(f"CREATE DATABASE {prefixe}{base} TEMPLATE template0 ENCODING 'UTF8'")
        finally:
            await connection.close()
        adresses = {base: urlsplit(dsn_admin)._replace(path=f"/{prefixe}{base}").geturl() for base in BASES}
        await asyncio.gather(*(asyncio.to_thread(self._restaurer, base, dsn) for base, dsn in adresses.items()))

    def _restaurer(self, base: str, dsn: str) -> None:
        sql = lzma.decompress((self._dossier / f"{base}.sql.xz").read_bytes())
        psql = [str(binaires(False) / "psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", dsn]
        subprocess.run(psql, input=sql, check=True, stdout=subprocess.DEVNULL)


def connues() -> list[Release]:
    """Every release that is kept, the oldest first."""
    return [Release(fiche.parent) for fiche in sorted(RELEASES.glob("*/fiche.json"))]


def _serrer(contenu: bytes) -> bytes:
    return lzma.compress(contenu, preset=9 | lzma.PRESET_EXTREME)
