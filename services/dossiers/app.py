"""The dossiers service, put together: all that it is, readable from top to bottom."""

from __future__ import annotations

from typing import Any

from contracts import dossiers, partenaires
from contracts.versions import UPCASTERS
from services.dossiers import http_recherche, vues
from services.dossiers.effaceur import Effaceur
from services.dossiers.http import routes
from services.dossiers.refus import REFUS
from services.dossiers.regie import regie
from services.dossiers.vues import acces
from services.socle.facts.codec import Codec
from services.socle.service import Definition, document

EVENEMENTS = Codec[dossiers.Event](dossiers.Event, UPCASTERS)

SERVICE: Definition[dossiers.Event] = Definition(
    nom="dossiers",
    titre="Maillage : dossiers",
    codec=EVENEMENTS,
    regie=regie,
    motifs=REFUS,
    routes=[routes, http_recherche.routes],
    acces=acces.de,
    topics={"dossiers": EVENEMENTS, "partenaires": Codec[Any](partenaires.Event, UPCASTERS)},
    vues=vues.VUES,
    questions=vues.QUESTIONS,
    reactions=lambda atelier: [Effaceur(atelier.trousseau)],
    reagit_a=(dossiers.DonneesEffacees,),
)


def openapi() -> dict[str, Any]:
    """What the API is, for the committed contracts."""
    return document(SERVICE)
