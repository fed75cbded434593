"""The partenaires service, put together: all that it is, readable from top to bottom."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from contracts import partenaires
from contracts.versions import UPCASTERS
from services.partenaires import http
from services.partenaires.chapitres import identifiant, saisie
from services.partenaires.chapitres.convention import convention
from services.partenaires.chapitres.dispositif import dispositif
from services.partenaires.chapitres.organisation import organisation
from services.partenaires.dehors import Dehors
from services.partenaires.vues import FONCTIONS, acces, conventions, dispositifs, membres, organisations
from services.socle.facts.codec import Codec
from services.socle.facts.refusal import Motif, together
from services.socle.service import Definition, document
from services.socle.views import access
from services.socle.views.view import View
from services.socle.web.acts import Actes

CHAPITRES = (organisation, dispositif, convention)
"""Each has streams of its own."""

ACTES: tuple[Actes[Any, Dehors], ...] = (
    Actes("organisations", "organisation", organisation.acts, identifiant.de("organisation")),
    Actes("dispositifs", "dispositif", dispositif.acts, identifiant.de("dispositif")),
    Actes("conventions", "convention", convention.acts, identifiant.de("convention")),
)

VUES: tuple[View, ...] = (
    acces.projection,
    conventions.projection,
    organisations.projection,
    membres.projection,
    dispositifs.projection,
)
"""In the order they are created."""

QUESTIONS: tuple[APIRouter, ...] = (
    organisations.routes,
    membres.routes,
    dispositifs.routes,
    conventions.routes,
)

REFUS: dict[str, Motif] = together(saisie.REFUS, *(chapitre.refus for chapitre in CHAPITRES))

EVENEMENTS = Codec[partenaires.Event](partenaires.Event, UPCASTERS)

SERVICE: Definition[partenaires.Event, Dehors] = Definition(
    nom="partenaires",
    titre="Maillage : partenaires",
    codec=EVENEMENTS,
    dehors=Dehors,
    personne=identifiant.personne,
    motifs=REFUS,
    routes=[http.routes, *(actes.routes(sauf=http.A_LA_MAIN) for actes in ACTES), *QUESTIONS],
    acces=access.de,
    topics={"partenaires": EVENEMENTS},
    vues=VUES,
    questions=FONCTIONS,
)


def openapi() -> dict[str, Any]:
    """What the API is, for the committed contracts."""
    return document(SERVICE)
