"""The dossiers service, put together: all that it is, readable from top to bottom.

A new piece is one line in CHAPITRES (what may be asked, and the rule), one in VUES (who sees what) and one in QUESTIONS (at
which address): nothing else here knows them by name.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from contracts import dossiers, partenaires
from services.dossiers import http, http_recherche, lectures
from services.dossiers.chapitres import (
    adhesion,
    contrat,
    convention,
    entretien,
    equipe,
    fin,
    identite,
    notes,
    orientation,
    parcours,
    parties,
    places,
    rendez_vous,
    reperage,
    saisie,
    suivi,
    vie_privee,
)
from services.dossiers.dehors import Dehors
from services.dossiers.effaceur import Effaceur
from services.dossiers.vues import (
    FONCTIONS,
    acces,
    conventions,
    frise,
    indicateurs,
    orientations,
    portefeuille,
    recherche,
    travail,
)
from services.dossiers.vues import notes as vue_notes
from services.dossiers.vues import places as vue_places
from services.dossiers.vues import rendez_vous as vue_rendez_vous
from services.socle.facts.chapter import Chapter
from services.socle.facts.codec import Codec
from services.socle.facts.refusal import Motif, together
from services.socle.service import Definition, document
from services.socle.views import access
from services.socle.views.view import View
from services.socle.web.acts import Actes

CHAPITRES: tuple[Chapter[Any, Any, Any, dossiers.Event, Dehors], ...] = (
    reperage.reperage,
    vie_privee.vie_privee,
    orientation.orientation,
    adhesion.adhesion,
    equipe.equipe,
    entretien.entretien,
    contrat.contrat,
    suivi.suivi,
    rendez_vous.rendez_vous,
    notes.notes,
    fin.fin,
)

VUES: tuple[View, ...] = (
    # First: they ask the keys' database, and nothing of this one is locked yet.
    recherche.du_bailleur,
    recherche.de_l_association,
    acces.projection,
    conventions.projection,
    vue_places.projection,
    portefeuille.projection,
    travail.projection,
    frise.projection,
    vue_notes.projection,
    vue_rendez_vous.de_l_association,
    vue_rendez_vous.du_bailleur,
    orientations.projection,
    indicateurs.projection,
)
"""In the order they are created."""

QUESTIONS: tuple[APIRouter, ...] = (
    http.routes,
    frise.routes,
    vue_notes.routes,
    vue_rendez_vous.routes,
    portefeuille.routes,
    travail.routes,
    orientations.routes,
    vue_places.routes,
    indicateurs.routes,
    http_recherche.routes,
)

ACTES = Actes(
    "dossiers", "dossier", [act for chapitre in CHAPITRES for act in chapitre.acts], identite.stream_du_repere
)

REFUS: dict[str, Motif] = together(
    parties.REFUS,
    parcours.REFUS,
    saisie.REFUS,
    convention.REFUS,
    places.REFUS,
    lectures.REFUS,
    *(chapitre.refus for chapitre in CHAPITRES),
)

EVENEMENTS = Codec[dossiers.Event](dossiers.Event)

SERVICE: Definition[dossiers.Event, Dehors] = Definition(
    nom="dossiers",
    titre="Maillage : dossiers",
    codec=EVENEMENTS,
    dehors=Dehors,
    personne=identite.personne,
    motifs=REFUS,
    routes=[ACTES.routes(), *QUESTIONS],
    acces=access.de,
    topics={"dossiers": EVENEMENTS, "partenaires": Codec[Any](partenaires.Event)},
    vues=VUES,
    questions=FONCTIONS,
    reactions=lambda atelier: [Effaceur(atelier.trousseau)],
    reagit_a=(dossiers.DonneesEffacees,),
)


def openapi() -> dict[str, Any]:
    """What the API is, for the committed contracts."""
    return document(SERVICE)
