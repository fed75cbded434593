"""The events of the dossiers service: what happened between a household, a landlord and an association.

`le` is always the Paris civil date of the fact. Identifiers of people and organisations are UUIDs; free text and everything
that names someone is `Personnel`. Each organisation's writings are sealed under its own key for that household.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from contracts.message import Code, Message, Personnel

Note1a5: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
"""A theme's score: 1 très difficile … 5 autonome."""


# Shapes shared by several events


class Identite(Struct, frozen=True):
    """Who to meet and how to reach them."""

    nom: Personnel
    prenom: Personnel
    naissance: Personnel = ""
    telephone: Personnel = ""
    courriel: Personnel = ""
    adresse: Personnel = ""


class Composition(Struct, frozen=True):
    """The household in counts: what a landlord and, coded, a funder may know."""

    adultes: int
    enfants: int
    type_menage: Code
    tranche_age: Code


class Logement(Struct, frozen=True):
    """The home, without its address (which is in Identite)."""

    commune: Annotated[str, Meta(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
    qpv: bool
    typologie: Code | None = None


class Conditions(Struct, frozen=True):
    """The dispositif's terms as they stood when the household was oriented; a later change does not touch a running dossier."""

    periodicite_mois: int = 2
    delai_reponse_jours: int = 15
    delai_etude_jours: int = 30
    entretien_requis: bool = True


class Besoin(Struct, frozen=True):
    theme: Code
    score: Note1a5
    precision: Personnel = ""


class Objectif(Struct, frozen=True):
    objectif: UUID
    theme: Code
    intitule: Personnel
    terme: date | None = None


class Engagement(Struct, frozen=True):
    """What one party promises in the contract."""

    partie: Code
    texte: Personnel


class Score(Struct, frozen=True):
    theme: Code
    score: Note1a5


class Progression(Struct, frozen=True):
    """How far an objective has come, in percent."""

    objectif: UUID
    avancement: Annotated[int, Meta(ge=0, le=100)]


class Constats(Struct, frozen=True):
    """The days from which a due date will be found late, escalated and missed, if its review is not held. `escalade` is
    None when the contract ends first. Whoever keeps a clock goes by them, and need not know the rules of the calendar."""

    retard: date
    escalade: date | None
    manquee: date


# Repérage


class MenageRepere(Message, frozen=True):
    titre: ClassVar[str] = "MénageRepéré"
    menage: UUID
    bailleur: UUID
    identite: Identite
    composition: Composition
    logement: Logement
    publics: tuple[Code, ...]
    le: date


class DiagnosticPose(Message, frozen=True):
    """The landlord's first diagnosis, before anything is transmitted."""

    titre: ClassVar[str] = "DiagnosticPosé"
    motifs: tuple[Code, ...]
    constat: Personnel
    le: date


# Orientation


class MenageOriente(Message, frozen=True):
    """The landlord asks the association to meet the household, under an active convention, with the household's agreement:
    `consentements` is all it has agreed to by then, which the association could not know otherwise."""

    titre: ClassVar[str] = "MénageOrienté"
    menage: UUID
    bailleur: UUID
    association: UUID
    dispositif: UUID
    convention: UUID
    identite: Identite
    composition: Composition
    logement: Logement
    publics: tuple[Code, ...]
    motifs: tuple[Code, ...]
    expose: Personnel
    conditions: Conditions
    reponse_avant: date
    le: date
    consentements: tuple[Code, ...] = ("transmission",)


class OrientationMiseALEtude(Message, frozen=True):
    titre: ClassVar[str] = "OrientationMiseÀLÉtude"
    reponse_avant: date
    le: date


class OrientationAcceptee(Message, frozen=True):
    """The association takes the household in. From here it keeps its own copy of who the household is, under its own key."""

    titre: ClassVar[str] = "OrientationAcceptée"
    convention: UUID
    identite: Identite
    le: date


class OrientationRefusee(Message, frozen=True):
    titre: ClassVar[str] = "OrientationRefusée"
    auteur: Code
    etape: Code
    motif: Code
    precision: Personnel
    le: date


class OrientationRetiree(Message, frozen=True):
    """The landlord takes its request back before an answer."""

    titre: ClassVar[str] = "OrientationRetirée"
    motif: Code
    le: date


class OrientationExpiree(Message, frozen=True):
    """Nobody answered in time: `echeance` was the last day."""

    titre: ClassVar[str] = "OrientationExpirée"
    echeance: date
    le: date


# Adhésion


class RencontreTenue(Message, frozen=True):
    """Somebody of the landlord or the association met the household."""

    titre: ClassVar[str] = "RencontreTenue"
    par: Code
    support: Code
    le: date


class AdhesionRecueillie(Message, frozen=True):
    """The household agrees to be accompanied."""

    titre: ClassVar[str] = "AdhésionRecueillie"
    support: Code
    le: date


class AdhesionRefusee(Message, frozen=True):
    """The household does not want to be accompanied: the orientation ends there."""

    titre: ClassVar[str] = "AdhésionRefusée"
    motif: Code
    precision: Personnel
    le: date


# Équipe


class ReferentDesigne(Message, frozen=True):
    titre: ClassVar[str] = "RéférentDésigné"
    referent: UUID
    le: date


# Entretien


class EntretienInitialTenu(Message, frozen=True):
    titre: ClassVar[str] = "EntretienInitialTenu"
    besoins: tuple[Besoin, ...]
    synthese: Personnel
    support: Code
    le: date


# Contrat


class ContratPrepare(Message, frozen=True):
    """What the parties are about to sign. Preparing again replaces it as long as nobody has signed."""

    titre: ClassVar[str] = "ContratPréparé"
    contrat: UUID
    debut: date
    fin: date
    objectifs: tuple[Objectif, ...]
    engagements: tuple[Engagement, ...]
    calendrier: tuple[date, ...]
    le: date


class ContratSigne(Message, frozen=True):
    """One party signs. With the last signature (`complet`) the contract is in force and the first re-evaluation has its date
    (`constats`: what becomes of it)."""

    titre: ClassVar[str] = "ContratSigné"
    contrat: UUID
    partie: Code
    moyen: Code
    complet: bool
    debut: date
    fin: date
    prochaine_echeance: date | None
    le: date
    constats: Constats | None = None


# Suivi


class SuiviReevalue(Message, frozen=True):
    """A review was held. `echeance` is the due date it answers: None for an extra one, held long before the next is due.
    `prochaine_echeance` is None when the contract ends before another is due; `constats` says what becomes of it."""

    titre: ClassVar[str] = "SuiviRéévalué"
    numero: int
    echeance: date | None
    scores: tuple[Score, ...]
    progressions: tuple[Progression, ...]
    synthese: Personnel
    prochaine_echeance: date | None
    le: date
    constats: Constats | None = None


class ReevaluationEnRetard(Message, frozen=True):
    """The due date has passed by a day."""

    titre: ClassVar[str] = "RéévaluationEnRetard"
    echeance: date
    le: date


class ReevaluationEscaladee(Message, frozen=True):
    """Fifteen days late: the coordinator is told."""

    titre: ClassVar[str] = "RéévaluationEscaladée"
    echeance: date
    le: date


class ReevaluationManquee(Message, frozen=True):
    """The next due date (or the contract's end) has passed without the review being held: it is counted as missed and the
    next one runs (`constats`: what becomes of it), if the contract lasts until then."""

    titre: ClassVar[str] = "RéévaluationManquée"
    echeance: date
    prochaine_echeance: date | None
    le: date
    constats: Constats | None = None


# Écrits


class NoteDeposee(Message, frozen=True):
    """A note of the association. `niveau` says who of the association reads it: referent or equipe. Never the landlord."""

    titre: ClassVar[str] = "NoteDéposée"
    note: UUID
    niveau: Code
    theme: Code | None
    texte: Personnel
    le: date


# Vie privée


class ConsentementRecueilli(Message, frozen=True):
    """The household agrees to one purpose (`finalite`)."""

    titre: ClassVar[str] = "ConsentementRecueilli"
    finalite: Code
    support: Code
    le: date


class ConsentementRetire(Message, frozen=True):
    titre: ClassVar[str] = "ConsentementRetiré"
    finalite: Code
    le: date


# Fin


class DossierClos(Message, frozen=True):
    titre: ClassVar[str] = "DossierClos"
    motif: Code
    situation: Code
    precision: Personnel
    le: date


class DonneesEffacees(Message, frozen=True):
    """`organisation` has destroyed its key for the household: what it wrote about it can no longer be read by anyone."""

    titre: ClassVar[str] = "DonnéesEffacées"
    menage: UUID
    organisation: UUID
    le: date


# Places: the convention's own stream, so that its last place is given once


class PlacePrise(Message, frozen=True):
    titre: ClassVar[str] = "PlacePrise"
    convention: UUID
    dossier: UUID
    le: date


class PlaceRendue(Message, frozen=True):
    titre: ClassVar[str] = "PlaceRendue"
    convention: UUID
    dossier: UUID
    le: date


Event: TypeAlias = (
    MenageRepere
    | DiagnosticPose
    | MenageOriente
    | OrientationMiseALEtude
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
    | RencontreTenue
    | AdhesionRecueillie
    | AdhesionRefusee
    | ReferentDesigne
    | EntretienInitialTenu
    | ContratPrepare
    | ContratSigne
    | SuiviReevalue
    | ReevaluationEnRetard
    | ReevaluationEscaladee
    | ReevaluationManquee
    | NoteDeposee
    | ConsentementRecueilli
    | ConsentementRetire
    | DossierClos
    | DonneesEffacees
    | PlacePrise
    | PlaceRendue
)
