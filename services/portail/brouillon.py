"""Drafts: what a person is typing, kept until it is sent; unreadable without its household's key, and erased with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from contracts.message import Personnel
from services.portail.session import Personne, Sessions
from services.socle.facts.refusal import Refus
from services.socle.keys.keyring import Trousseau

_NOMS = UUID("5a2f6a53-1c39-4f0b-8a52-6e0f3c1c7b33")


class _Contenu(Struct, frozen=True):
    saisies: Personnel


class Brouillon(Struct, frozen=True):
    """`saisies`: field → values typed. `conclu`: the page of what it became, once sent; it then holds nothing more."""

    id: UUID
    formulaire: str
    menage: UUID
    dossier: UUID | None
    adresse: str
    saisies: dict[str, list[str]]
    conclu: str | None
    modifie_le: Any = None

    def brut(self, nom: str) -> str:
        """What a field holds."""
        typed = self.saisies.get(nom)
        return typed[0] if typed else ""


def identifiant(personne: Personne, formulaire: str, dossier: UUID) -> UUID:
    """The one draft that a member has of a form about a dossier."""
    return uuid5(_NOMS, f"{personne.membre}:{formulaire}:{dossier}")


class Brouillons:
    def __init__(self, sessions: Sessions, trousseau: Trousseau) -> None:
        self._sessions, self._trousseau = sessions, trousseau

    async def lire(self, personne: Personne, id_: UUID) -> Brouillon | None:
        async with self._sessions.regard(membre=personne.membre) as connection:
            row = await connection.fetchrow("SELECT * FROM portail.brouillons WHERE id = $1", id_)
        if row is None:
            return None
        [found] = await self._ouvrir([row])
        return found

    async def liste(self, personne: Personne) -> list[Brouillon]:
        """The member's drafts not sent yet, the latest first."""
        async with self._sessions.regard(membre=personne.membre) as connection:
            found = await connection.fetch(
                "SELECT * FROM portail.brouillons WHERE conclu IS NULL ORDER BY modifie_le DESC LIMIT 50"
            )
        return await self._ouvrir(found)

    async def ecrire(self, personne: Personne, b: Brouillon) -> bool:
        """Keep it, unless it was sent meanwhile. False when the household's data have been erased."""
        if not b.saisies and b.dossier is None:
            return True
        contenu = _Contenu(msgspec.json.encode(b.saisies).decode())
        try:
            sealed = await self._trousseau.sceller(contenu, b.menage, personne.organisation, b.id)
        except Refus:
            return False
        async with self._sessions.regard(membre=personne.membre) as connection:
            await connection.execute(
                _ECRIRE, b.id, personne.membre, personne.organisation, b.menage, b.formulaire, b.dossier, b.adresse,
                sealed.saisies,
            )  # fmt: skip
        return True

    async def conclure(self, personne: Personne, id_: UUID, adresse: str) -> None:
        """It was sent: from now on it only leads to `adresse`, for whoever presses the button again or comes back."""
        async with self._sessions.regard(membre=personne.membre) as connection:
            await connection.execute(
                "UPDATE portail.brouillons SET conclu = $2, contenu = NULL, modifie_le = now() WHERE id = $1",
                id_,
                adresse,
            )

    async def jeter(self, personne: Personne, id_: UUID) -> None:
        async with self._sessions.regard(membre=personne.membre) as connection:
            await connection.execute("DELETE FROM portail.brouillons WHERE id = $1", id_)

    async def _ouvrir(self, rows: list[Any]) -> list[Brouillon]:
        opened = await self._trousseau.ouvrir([row["contenu"] or "" for row in rows])
        return [_brouillon(row, text) for row, text in zip(rows, opened, strict=True)]


def _brouillon(row: Any, text: Any) -> Brouillon:
    """An erased household's draft reads as an empty one."""
    saisies = msgspec.json.decode(text, type=dict[str, list[str]]) if isinstance(text, str) and text else {}
    return Brouillon(
        row["id"], row["formulaire"], row["menage"], row["dossier"], row["adresse"], saisies, row["conclu"],
        row["modifie_le"],
    )  # fmt: skip


_ECRIRE = """
INSERT INTO portail.brouillons (id, membre, organisation, menage, formulaire, dossier, adresse, contenu)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (membre, id) DO UPDATE SET dossier = excluded.dossier, adresse = excluded.adresse, contenu = excluded.contenu,
  modifie_le = now()
WHERE brouillons.conclu IS NULL"""
