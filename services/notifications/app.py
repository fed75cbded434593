"""The notifications service, put together: all that it is, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from contracts import dossiers, notifications, partenaires
from contracts.versions import UPCASTERS
from services.notifications import vues
from services.notifications.diffuseur import diffuser
from services.notifications.greffe import REAGIT_A, Greffe
from services.notifications.http import routes
from services.notifications.ordonnanceur import ordonnancer
from services.notifications.refus import REFUS
from services.notifications.regie import regie
from services.notifications.vues import acces
from services.socle.facts.codec import Codec
from services.socle.service import Atelier, Definition, document

EVENEMENTS = Codec[notifications.Event](notifications.Event, UPCASTERS)


def taches(atelier: Atelier) -> Sequence[Callable[[], Awaitable[None]]]:
    """What the worker does besides relaying and projecting: keep the calendar, send the feeds."""
    return [lambda: ordonnancer(SERVICE, atelier), lambda: diffuser(atelier, EVENEMENTS)]


SERVICE: Definition[notifications.Event] = Definition(
    nom="notifications",
    titre="Maillage : notifications",
    codec=EVENEMENTS,
    regie=regie,
    motifs=REFUS,
    routes=[routes],
    acces=acces.de,
    topics={
        "dossiers": Codec[Any](dossiers.Event, UPCASTERS),
        "partenaires": Codec[Any](partenaires.Event, UPCASTERS),
        "notifications": EVENEMENTS,
    },
    vues=vues.VUES,
    reactions=lambda _: [Greffe(EVENEMENTS)],
    reagit_a=REAGIT_A,
    taches=taches,
)


def openapi() -> dict[str, Any]:
    """What the API is, for the committed contracts."""
    return document(SERVICE)
