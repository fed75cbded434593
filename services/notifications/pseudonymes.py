"""A household's name in one funder's feed: it tells the facts of one household from another's, and nothing else.

HMAC-SHA-256 over the dossier's random id, under a key of its own for each (funder, convention, civil year): two funders
who put their feeds together find no pseudonym in common, nor do two years, unless the convention says that its years may
be followed as one. The keys are in the keys' database and go nowhere; without them nothing leads back to a dossier.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from services.socle.keys.keyring import Trousseau

TOUTES = "toutes"
"""In place of the year, where a convention's years are one."""

_OCTETS = 18
"""144 bits, which are 24 characters without padding."""


class Lecteur(Struct, frozen=True):
    """Who reads a feed: one funder of one convention. `pluriannuel`: one pseudonym for all its years."""

    financeur: UUID
    convention: UUID
    pluriannuel: bool


async def cles(trousseau: Trousseau, lecteur: Lecteur, annees: Iterable[int]) -> dict[int, bytes]:
    """The reader's key of each of these years. Raises CleDetruite."""
    return {
        annee: await trousseau.cle_derivee(
            ("flux", str(lecteur.financeur), str(lecteur.convention), TOUTES if lecteur.pluriannuel else str(annee))
        )
        for annee in sorted(set(annees))
    }


def pseudonyme(cle: bytes, dossier: UUID) -> str:
    return urlsafe_b64encode(hmac.digest(cle, dossier.bytes, "sha256")[:_OCTETS]).decode()
