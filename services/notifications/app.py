"""The notifications service, put together: all that it is, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from contracts import dossiers, notifications, partenaires
from contracts.versions import UPCASTERS
from services.notifications import http
from services.notifications.diffuseur import diffuser
from services.notifications.greffe import REAGIT_A, Greffe
from services.notifications.ordonnanceur import ordonnancer
from services.notifications.vues import (
    acces,
    boite,
    conventions,
    echeancier,
    flux,
    lectures,
    organisations,
    suivis,
    traitees,
)
from services.socle.facts.codec import Codec
from services.socle.service import Atelier, Definition, document
from services.socle.views import access
from services.socle.views.view import View

EVENEMENTS = Codec[notifications.Event](notifications.Event, UPCASTERS)


VUES: tuple[View, ...] = (
    acces.projection,
    organisations.projection,
    conventions.projection,
    suivis.projection,
    echeancier.projection,
    traitees.projection,
    boite.projection,
    lectures.projection,
    flux.projection,
)
"""In the order they are created. Their row-level security asks no question of another table."""


def personne(history: Sequence[notifications.Event], new: Sequence[notifications.Event]) -> UUID | None:
    """Whom a stream's personal data are about: nobody. Messages hold identifiers, codes and dates."""
    return None


def taches(atelier: Atelier) -> Sequence[Callable[[], Awaitable[None]]]:
    """What the worker does besides relaying and projecting: keep the calendar, send the feeds."""
    return [lambda: ordonnancer(SERVICE, atelier), lambda: diffuser(atelier, EVENEMENTS)]


SERVICE: Definition[notifications.Event, None] = Definition(
    nom="notifications",
    titre="Maillage : notifications",
    codec=EVENEMENTS,
    dehors=lambda vues, trousseau: None,  # messages are decided from their own stream
    personne=personne,
    motifs=http.REFUS,
    routes=[boite.routes, http.routes],
    acces=access.de,
    topics={
        "dossiers": Codec[Any](dossiers.Event, UPCASTERS),
        "partenaires": Codec[Any](partenaires.Event, UPCASTERS),
        "notifications": EVENEMENTS,
    },
    vues=VUES,
    reactions=lambda _: [Greffe(EVENEMENTS)],
    reagit_a=REAGIT_A,
    taches=taches,
)


def openapi() -> dict[str, Any]:
    """What the API is, for the committed contracts."""
    return document(SERVICE)
