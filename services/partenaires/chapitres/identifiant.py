"""Naming what a command creates, so that the same command sent twice names the same thing."""

from __future__ import annotations

from uuid import UUID, uuid5

from services.socle.facts.act import Acte


def identifiant(sorte: str, acte: Acte) -> UUID:
    """The id of the `sorte` (organisation, membre, convention…) that `acte` creates.

    The acting organisation is part of it: two organisations that send the same command id create two things.
    """
    return uuid5(acte.commande, f"{sorte}:{acte.organisation}")
