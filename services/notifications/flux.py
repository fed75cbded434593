"""A funder's feed: a pure function of the convention's coded facts, the reader's keys, and nothing else.

No copy is kept per funder. A fact's position is its version in the convention's stream, so it is the same for every
funder, in every replay, over HTTP and on Kafka; one who joins later reads from the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from contracts import flux
from contracts.envelope import Enveloppe
from services.notifications.pseudonymes import Lecteur, cles, pseudonyme
from services.socle.keys.keyring import Trousseau

FLUX = UUID("2f0a54ce-6d2b-4a53-8a49-8b1f4ad1fe02")

FINANCEURS = frozenset({"financeur", "collectivite"})
"""The natures that read a feed. A landlord's own share is a line of the plan too, and must not show it what happens
between its tenants and the association."""


def stream_du_flux(convention: UUID) -> UUID:
    """The stream of a convention's coded facts."""
    return uuid5(FLUX, convention.hex)


def sujet(financeur: UUID, convention: UUID) -> str:
    """The Kafka topic of a feed."""
    return f"flux.{financeur}.{convention}"


class FaitCode(Struct, frozen=True):
    """One coded fact at its position; `dossier` and `annee` are None for a fact of the convention itself."""

    position: int
    dossier: UUID | None
    annee: int | None
    fait: flux.Event


async def nommer(
    trousseau: Trousseau, lecteur: Lecteur, faits: Sequence[FaitCode], epoque: str
) -> list[tuple[Enveloppe, bytes]]:
    """The facts as `lecteur` receives them, each with its envelope. Raises CleDetruite."""
    ses_cles = await cles(trousseau, lecteur, (f.annee for f in faits if f.annee is not None))
    return [_nommer(ses_cles, lecteur, fait, epoque) for fait in faits]


def _nommer(ses_cles: dict[int, bytes], lecteur: Lecteur, code: FaitCode, epoque: str) -> tuple[Enveloppe, bytes]:
    fait = code.fait
    if code.dossier is not None and code.annee is not None:
        fait = msgspec.structs.replace(fait, pseudonyme=pseudonyme(ses_cles[code.annee], code.dossier))
    enveloppe = flux.enveloppe(fait, lecteur.financeur, lecteur.convention, code.position, epoque)
    return enveloppe, msgspec.json.encode(fait)
