"""What the notifications service adds to every command's way: nothing personal, nothing outside, one stream each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.notifications import Event, MessageAdresse
from services.socle.base.database import Vues
from services.socle.facts.act import Acte
from services.socle.facts.handle import Demande, Regie
from services.socle.keys.keyring import Trousseau


def personne(history: Sequence[Event], new: Sequence[Event]) -> UUID | None:
    """Nobody: messages hold identifiers, codes and dates."""
    return None


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """Whoever is written to may answer that they have read it."""
    return frozenset(event.organisation for event in new if isinstance(event, MessageAdresse))


async def enrichir(command: Any, history: Sequence[Event], acte: Acte) -> Any:
    return command


def suite(
    stream: UUID, command: Any, history: Sequence[Event], new: Sequence[Event], acte: Acte
) -> list[Demande[Event]]:
    return []


def regie(_vues: Vues, _trousseau: Trousseau) -> Regie[Event]:
    return Regie(personne, parties, enrichir, suite)
