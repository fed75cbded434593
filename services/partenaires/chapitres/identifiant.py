"""Naming what a command creates, so that the same command sent twice names the same thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID, uuid5

from contracts.partenaires import Event, MembreInvite
from services.socle.facts.act import Acte


def identifiant(sorte: str, acte: Acte) -> UUID:
    """The id of the `sorte` (organisation, membre, convention…) that `acte` creates.

    The acting organisation is part of it: two organisations that send the same command id create two things.
    """
    return uuid5(acte.commande, f"{sorte}:{acte.organisation}")


def de(sorte: str) -> Callable[[Acte], UUID]:
    """`identifiant` of one kind of thing."""
    return lambda acte: identifiant(sorte, acte)


def personne(history: Sequence[Event], new: Sequence[Event]) -> UUID | None:
    """Whom a stream's personal data are about: the member an invitation names; nothing else here is about a person."""
    return next((event.membre for event in new if isinstance(event, MembreInvite)), None)
