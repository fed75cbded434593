"""The partenaires service, put together: all that it is, readable from top to bottom."""

from __future__ import annotations

from typing import Any

from contracts import partenaires
from contracts.versions import UPCASTERS
from services.partenaires import vues
from services.partenaires.http import routes
from services.partenaires.refus import REFUS
from services.partenaires.regie import regie
from services.partenaires.vues import acces
from services.socle.facts.codec import Codec
from services.socle.service import Definition, document

EVENEMENTS = Codec[partenaires.Event](partenaires.Event, UPCASTERS)

SERVICE: Definition[partenaires.Event] = Definition(
    nom="partenaires",
    titre="Maillage : partenaires",
    codec=EVENEMENTS,
    regie=regie,
    motifs=REFUS,
    routes=[routes],
    acces=acces.de,
    topics={"partenaires": EVENEMENTS},
    vues=vues.VUES,
    questions=vues.QUESTIONS,
)


def openapi() -> dict[str, Any]:
    """What the API is, for the committed contracts."""
    return document(SERVICE)
