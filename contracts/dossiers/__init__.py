"""The events of the dossiers service: what happened between a household, a landlord and an association.

`le` is always the Paris civil date of the fact. Identifiers of people and organisations are UUIDs; free text and everything
that names someone is `Personnel`. Each organisation's writings are sealed under its own key for that household.

One module per chapter, its events and their union beside each other: a fold reads chapters (`orientation.Event`), so that an
event added to one is missed by the type checker wherever it is read.
"""

from __future__ import annotations

from typing import TypeAlias

from contracts.dossiers import (
    adhesion,
    contrat,
    entretien,
    equipe,
    fin,
    notes,
    orientation,
    places,
    rendez_vous,
    reperage,
    suivi,
    vie_privee,
)
from contracts.dossiers.adhesion import AdhesionRecueillie as AdhesionRecueillie
from contracts.dossiers.adhesion import AdhesionRefusee as AdhesionRefusee
from contracts.dossiers.adhesion import RencontreTenue as RencontreTenue
from contracts.dossiers.contrat import ContratPrepare as ContratPrepare
from contracts.dossiers.contrat import ContratSigne as ContratSigne
from contracts.dossiers.contrat import Engagement as Engagement
from contracts.dossiers.contrat import Objectif as Objectif
from contracts.dossiers.entretien import Besoin as Besoin
from contracts.dossiers.entretien import EntretienInitialTenu as EntretienInitialTenu
from contracts.dossiers.equipe import ReferentDesigne as ReferentDesigne
from contracts.dossiers.fin import DonneesEffacees as DonneesEffacees
from contracts.dossiers.fin import DossierClos as DossierClos
from contracts.dossiers.formes import Composition as Composition
from contracts.dossiers.formes import Constats as Constats
from contracts.dossiers.formes import Identite as Identite
from contracts.dossiers.formes import Logement as Logement
from contracts.dossiers.formes import Note1a5 as Note1a5
from contracts.dossiers.notes import NoteDeposee as NoteDeposee
from contracts.dossiers.orientation import Conditions as Conditions
from contracts.dossiers.orientation import MenageOriente as MenageOriente
from contracts.dossiers.orientation import OrientationAcceptee as OrientationAcceptee
from contracts.dossiers.orientation import OrientationExpiree as OrientationExpiree
from contracts.dossiers.orientation import OrientationMiseALEtude as OrientationMiseALEtude
from contracts.dossiers.orientation import OrientationRefusee as OrientationRefusee
from contracts.dossiers.orientation import OrientationRetiree as OrientationRetiree
from contracts.dossiers.places import PlacePrise as PlacePrise
from contracts.dossiers.places import PlaceRendue as PlaceRendue
from contracts.dossiers.rendez_vous import RendezVousAnnule as RendezVousAnnule
from contracts.dossiers.rendez_vous import RendezVousFixe as RendezVousFixe
from contracts.dossiers.rendez_vous import RendezVousManque as RendezVousManque
from contracts.dossiers.rendez_vous import RendezVousTenu as RendezVousTenu
from contracts.dossiers.reperage import DiagnosticPose as DiagnosticPose
from contracts.dossiers.reperage import MenageRepere as MenageRepere
from contracts.dossiers.suivi import Progression as Progression
from contracts.dossiers.suivi import ReevaluationEnRetard as ReevaluationEnRetard
from contracts.dossiers.suivi import ReevaluationEscaladee as ReevaluationEscaladee
from contracts.dossiers.suivi import ReevaluationManquee as ReevaluationManquee
from contracts.dossiers.suivi import Score as Score
from contracts.dossiers.suivi import SuiviReevalue as SuiviReevalue
from contracts.dossiers.vie_privee import ConsentementRecueilli as ConsentementRecueilli
from contracts.dossiers.vie_privee import ConsentementRetire as ConsentementRetire

Event: TypeAlias = (
    reperage.Event
    | orientation.Event
    | adhesion.Event
    | equipe.Event
    | entretien.Event
    | contrat.Event
    | suivi.Event
    | rendez_vous.Event
    | notes.Event
    | vie_privee.Event
    | fin.Event
    | places.Event
)
