"""The funder feed: what a funder may know of the follow-ups it pays for, and the only place that decides it.

A fact of the feed is made here from a fact of dossiers or partenaires, field by field, and never by leaving some out:
a field added to an event tomorrow stays inside until somebody writes it below. The sharing table gives a funder (and a
collectivité) the household's type and age band, the commune and whether it is a priority district, coded motives and
closing, stages and due dates by week, objectives and needs as counts. So no name, address, free text, score, theme or
exact date, no identifier of a dossier, household, contract or person; the household is a pseudonym, made elsewhere.

A reader that receives FluxDonneesEffacees forgets everything it holds under that pseudonym. Facts come in the order of
the feed; `streamversion` counts them from 1, so a gap or a repetition shows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, ClassVar, TypeAlias, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Meta, Struct

from contracts import dossiers as d
from contracts import partenaires as p
from contracts.envelope import Enveloppe, dataschema, type_ce
from contracts.listes import (
    AuteurDeRefus,
    EtapeDeRefus,
    MotifDeRefus,
    MotifDeRetrait,
    MotifDeSortie,
    MotifDOrientation,
    Public,
    SituationDeSortie,
    SourceDeFinancement,
    TrancheDAge,
    TypeDeMenage,
)
from contracts.message import Message

Pseudonyme: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_\-]{16,64}$")]
"""A household for one funder, convention and year; another funder's set never meets it."""

Semaine: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$")]
"""An ISO week, 2026-W03: a day would tell too much, a month would hide the deadlines."""

Commune: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
Compte: TypeAlias = Annotated[int, Meta(ge=0)]

PERSONNE = UUID(int=0)
"""The author of a fact of the feed: nobody is named."""

_FAITS = uuid5(NAMESPACE_URL, "urn:maillage:flux")


def semaine(le: date) -> str:
    """The ISO week of a day, whose year is that of its Thursday: 2027-01-01 is in 2026-W53."""
    annee, numero, _ = le.isocalendar()
    return f"{annee:04d}-W{numero:02d}"


class FluxMenageOriente(Message, frozen=True):
    """A household enters: its type, age band, place and coded motives; the landlord's own words stay where they are."""

    titre: ClassVar[str] = "MénageOrienté (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    motifs: tuple[MotifDOrientation, ...]
    publics: tuple[Public, ...]
    type_menage: TypeDeMenage
    tranche_age: TrancheDAge
    commune: Commune
    qpv: bool


class FluxOrientationMiseALEtude(Message, frozen=True):
    """The association studies the request."""

    titre: ClassVar[str] = "OrientationMiseÀLÉtude (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine


class FluxOrientationAcceptee(Message, frozen=True):
    """The association takes the household in; a place of the convention is taken."""

    titre: ClassVar[str] = "OrientationAcceptée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine


class FluxOrientationRefusee(Message, frozen=True):
    """By whom, at which stage and for which coded reason."""

    titre: ClassVar[str] = "OrientationRefusée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    auteur: AuteurDeRefus
    etape: EtapeDeRefus
    motif: MotifDeRefus


class FluxOrientationRetiree(Message, frozen=True):
    """The landlord took its request back."""

    titre: ClassVar[str] = "OrientationRetirée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    motif: MotifDeRetrait


class FluxOrientationExpiree(Message, frozen=True):
    """Nobody answered in time."""

    titre: ClassVar[str] = "OrientationExpirée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine


class FluxAdhesionRecueillie(Message, frozen=True):
    """The household agrees to be accompanied."""

    titre: ClassVar[str] = "AdhésionRecueillie (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine


class FluxAdhesionRefusee(Message, frozen=True):
    """The household does not wish to be accompanied."""

    titre: ClassVar[str] = "AdhésionRefusée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    motif: MotifDeRefus


class FluxEntretienInitialTenu(Message, frozen=True):
    """How many needs were found; which ones stays with the association."""

    titre: ClassVar[str] = "EntretienInitialTenu (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    nombre_de_besoins: Compte


class FluxContratSigne(Message, frozen=True):
    """Every party has signed: the contract is in force until `semaine_fin`."""

    titre: ClassVar[str] = "ContratSigné (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    semaine_fin: Semaine


class FluxSuiviReevalue(Message, frozen=True):
    """A review was held, the `numero`-th: how many objectives, how many reached. `semaine_echeance` is the week it was
    due, None for an extra one."""

    titre: ClassVar[str] = "SuiviRéévalué (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    semaine_echeance: Semaine | None
    numero: int
    nombre_d_objectifs: Compte
    nombre_d_objectifs_atteints: Compte


class FluxReevaluationEnRetard(Message, frozen=True):
    """The review due in `semaine_echeance` is late."""

    titre: ClassVar[str] = "RéévaluationEnRetard (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    semaine_echeance: Semaine


class FluxReevaluationEscaladee(Message, frozen=True):
    """Fifteen days late: the association's coordinator was told."""

    titre: ClassVar[str] = "RéévaluationEscaladée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    semaine_echeance: Semaine


class FluxReevaluationManquee(Message, frozen=True):
    """The review due in `semaine_echeance` was not held before the next one fell due."""

    titre: ClassVar[str] = "RéévaluationManquée (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    semaine_echeance: Semaine


class FluxDossierClos(Message, frozen=True):
    """The follow-up ended: coded reason, coded housing situation."""

    titre: ClassVar[str] = "DossierClos (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine
    motif: MotifDeSortie
    situation: SituationDeSortie


class FluxDonneesEffacees(Message, frozen=True):
    """The household was forgotten: the reader forgets what it holds under this pseudonym. Twice changes nothing.

    Sent when either organisation erases its copy: who asked one of them to be forgotten is not kept by a third.
    """

    titre: ClassVar[str] = "DonnéesEffacées (flux)"
    pseudonyme: Pseudonyme
    semaine: Semaine


class FluxConventionActivee(Message, frozen=True):
    """The convention the feed is about: its organisations, places and dates. No household is in it."""

    titre: ClassVar[str] = "ConventionActivée (flux)"
    convention: UUID
    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: Compte
    debut: date
    fin: date
    periodicite_mois: int
    le: date


class FluxConventionEchue(Message, frozen=True):
    """The convention has ended."""

    titre: ClassVar[str] = "ConventionÉchue (flux)"
    convention: UUID
    fin: date
    le: date


class LigneDuPlan(Struct, frozen=True):
    """One source's share of a year, in euro cents."""

    source: SourceDeFinancement
    montant_centimes: Compte


class FluxPlanDeFinancementEtabli(Message, frozen=True):
    """A year's funding plan, in full, every source by its code; replaces what was said of that year before.

    In full, because co-funding is what a French public funder asks to see: the application and the financial report
    (Cerfa 12156 and 15059) list every source of the action with its amount, and a share means nothing without its
    total. By code and not by organisation: who a private donor is belongs to the convention's parties. Amounts are a
    convention's, never a household's.
    """

    titre: ClassVar[str] = "PlanDeFinancementÉtabli (flux)"
    convention: UUID
    annee: int
    lignes: tuple[LigneDuPlan, ...]
    total_centimes: Compte
    le: date


FaitDeMenage: TypeAlias = (
    FluxMenageOriente
    | FluxOrientationMiseALEtude
    | FluxOrientationAcceptee
    | FluxOrientationRefusee
    | FluxOrientationRetiree
    | FluxOrientationExpiree
    | FluxAdhesionRecueillie
    | FluxAdhesionRefusee
    | FluxEntretienInitialTenu
    | FluxContratSigne
    | FluxSuiviReevalue
    | FluxReevaluationEnRetard
    | FluxReevaluationEscaladee
    | FluxReevaluationManquee
    | FluxDossierClos
    | FluxDonneesEffacees
)

FaitDeConvention: TypeAlias = FluxConventionActivee | FluxConventionEchue | FluxPlanDeFinancementEtabli

Event: TypeAlias = FaitDeMenage | FaitDeConvention


def coder(event: d.Event, pseudonyme: str) -> FaitDeMenage | None:
    """What a funder receives of an event of a dossier; None when it receives nothing. Every event is decided here."""
    match event:
        case d.MenageOriente():
            return FluxMenageOriente(
                pseudonyme,
                semaine(event.le),
                # Sorted: the order in which somebody typed the codes is nobody's business.
                tuple(sorted(set(event.motifs))),
                tuple(sorted(set(event.publics))),
                event.composition.type_menage,
                event.composition.tranche_age,
                event.logement.commune,
                event.logement.qpv,
            )
        case d.OrientationMiseALEtude():
            return FluxOrientationMiseALEtude(pseudonyme, semaine(event.le))
        case d.OrientationAcceptee():
            return FluxOrientationAcceptee(pseudonyme, semaine(event.le))
        case d.OrientationRefusee():
            return FluxOrientationRefusee(pseudonyme, semaine(event.le), event.auteur, event.etape, event.motif)
        case d.OrientationRetiree():
            return FluxOrientationRetiree(pseudonyme, semaine(event.le), event.motif)
        case d.OrientationExpiree():
            return FluxOrientationExpiree(pseudonyme, semaine(event.le))
        case d.AdhesionRecueillie():
            return FluxAdhesionRecueillie(pseudonyme, semaine(event.le))
        case d.AdhesionRefusee():
            return FluxAdhesionRefusee(pseudonyme, semaine(event.le), event.motif)
        case d.EntretienInitialTenu():
            return FluxEntretienInitialTenu(pseudonyme, semaine(event.le), len(event.besoins))
        case d.ContratSigne():
            # One signature of several tells nothing a funder may know; the last one does.
            return FluxContratSigne(pseudonyme, semaine(event.le), semaine(event.fin)) if event.complet else None
        case d.SuiviReevalue():
            echeance = semaine(event.echeance) if event.echeance else None
            atteints = sum(progression.avancement == 100 for progression in event.progressions)
            return FluxSuiviReevalue(
                pseudonyme, semaine(event.le), echeance, event.numero, len(event.progressions), atteints
            )
        case d.ReevaluationEnRetard():
            return FluxReevaluationEnRetard(pseudonyme, semaine(event.le), semaine(event.echeance))
        case d.ReevaluationEscaladee():
            return FluxReevaluationEscaladee(pseudonyme, semaine(event.le), semaine(event.echeance))
        case d.ReevaluationManquee():
            return FluxReevaluationManquee(pseudonyme, semaine(event.le), semaine(event.echeance))
        case d.DossierClos():
            return FluxDossierClos(pseudonyme, semaine(event.le), event.motif, event.situation)
        case d.DonneesEffacees():
            return FluxDonneesEffacees(pseudonyme, semaine(event.le))
        case d.MenageRepere() | d.DiagnosticPose():
            return None  # before the orientation nobody funds anything, and the household has agreed to nothing
        case d.RendezVousFixe() | d.RendezVousTenu() | d.RendezVousManque() | d.RendezVousAnnule():
            return None  # whether a household keeps its appointments is not the funder's
        case d.RencontreTenue():
            return None  # whom the household meets, and whether it comes, is not the funder's
        case d.ReferentDesigne() | d.ContratPrepare() | d.NoteDeposee():
            return None  # the team, drafts and notes are not the funder's
        case d.ConsentementRecueilli() | d.ConsentementRetire():
            return None  # what the household agrees to concerns those it agreed with
        case d.PlacePrise() | d.PlaceRendue():
            return None  # the acceptance and the closing say it, without naming the dossier
        case _:
            assert_never(event)


def coder_convention(event: p.Event) -> FaitDeConvention | None:
    """What a funder receives of an event of a convention it pays for; None when it receives nothing."""
    match event:
        case p.ConventionActivee():
            return FluxConventionActivee(
                event.convention,
                event.dispositif,
                event.bailleur,
                event.association,
                event.places,
                event.debut,
                event.fin,
                event.regles.periodicite_mois,
                event.le,
            )
        case p.ConventionEchue():
            return FluxConventionEchue(event.convention, event.fin, event.le)
        case p.PlanDeFinancementEtabli():
            lignes = sorted((ligne.source, ligne.montant_centimes) for ligne in event.lignes)
            total = sum(montant for _, montant in lignes)
            plan = tuple(LigneDuPlan(source, montant) for source, montant in lignes)
            return FluxPlanDeFinancementEtabli(event.convention, event.annee, plan, total, event.le)
        case p.OrganisationInscrite() | p.MembreInvite() | p.MembreHabilite() | p.MembreRetire():
            return None  # who works where is not in the feed
        case p.DispositifOuvert():
            return None  # not a convention's fact; the activation carries the terms that matter
        case p.ConventionProposee() | p.ConventionSignee():
            return None  # a negotiation is its parties'; the activation is the result
        case _:
            assert_never(event)


def enveloppe(fait: Event, financeur: UUID, convention: UUID, position: int, epoque: str) -> Enveloppe:
    """The CloudEvents envelope of the `position`-th fact (from 1) of the feed of `financeur` about `convention`.

    Nothing in it comes from the event's own envelope. An event's id is a UUIDv7 and holds the millisecond, its instant
    and correlation would join the feed to what others saw: here the id follows from the place in the feed (so a replay
    gives the same), the stream is the feed, and the time is the Monday of the week, or the day of a convention's fact.
    The Kafka timestamp must be set to it too: left alone it is the moment of sending.
    """
    nom, version = type(fait).__name__, type(fait).schema_version
    identifiant = uuid5(_FAITS, f"{financeur}/{convention}/{position}")
    return Enveloppe(
        id=identifiant,
        source=f"/flux/{financeur}/{convention}",
        type=type_ce("flux", nom),
        subject=convention,
        time=datetime.combine(_jour(fait), time(), UTC),
        dataschema=dataschema("flux", nom, version),
        streamversion=position,
        organisation=financeur,
        auteur=PERSONNE,
        correlationid=identifiant,
        partitionkey=str(convention),
        schemaversion=version,
        epoque=epoque,
    )


def _jour(fait: Event) -> date:
    match fait:
        case FluxConventionActivee() | FluxConventionEchue() | FluxPlanDeFinancementEtabli():
            return fait.le
        case _:
            return date.fromisoformat(f"{fait.semaine}-1")
