"""Destroys an organisation's key when the fact says it erased its data: until it succeeds, the batch does not commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.dossiers import DonneesEffacees
from services.socle.base.database import Connection
from services.socle.base.recorded import Recorded
from services.socle.keys.keyring import Trousseau


class Effaceur:
    """A reaction of the projector. Destroying twice changes nothing."""

    def __init__(self, trousseau: Trousseau) -> None:
        self._trousseau = trousseau

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        for fait in faits:
            if isinstance(fait.event, DonneesEffacees):
                await self._trousseau.detruire(fait.event.menage, fait.event.organisation)
