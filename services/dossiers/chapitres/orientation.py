"""Orientation: the landlord asks, the association answers in time, or the request ends by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts import dossiers as d
from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ConsentementRecueilli,
    ConsentementRetire,
    DiagnosticPose,
    DonneesEffacees,
    DossierClos,
    Identite,
    MenageOriente,
    MenageRepere,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    RencontreTenue,
)
from services.dossiers.chapitres.convention import ConventionConnue, exiger_convention
from services.dossiers.chapitres.parcours import Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association, exiger_bailleur, exiger_service
from services.dossiers.chapitres.saisie import codifie, exiger_precision
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, Refus
from services.socle.facts.command import CodeStr, Commande, Texte

TRANSMISSION = "transmission"
"""The purpose (list « finalite_consentement ») without which nothing reaches the association."""


class OrienterMenage(Commande):
    """Names the association besides the convention: a convention picked by mistake must not send the household away."""

    association: UUID
    dispositif: UUID
    convention: UUID
    motifs: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=20)]
    expose: Texte = ""


class OrienterSousConvention(Struct, frozen=True):
    """The request with what lies outside the dossier: the convention it cites, and the identity in clear."""

    demande: OrienterMenage
    convention: ConventionConnue | None
    identite: Identite


class MettreALEtude(Commande):
    pass


class AccepterOrientation(Commande):
    pass


class AccepterAvecIdentite(Struct, frozen=True):
    """The answer with the identity in clear, for the association's own copy, and the convention's number of places."""

    demande: AccepterOrientation
    identite: Identite
    places: int


class RefuserOrientation(Commande):
    auteur: CodeStr
    etape: CodeStr
    motif: CodeStr
    precision: Texte = ""


class RetirerOrientation(Commande):
    motif: CodeStr


class ExpirerOrientation(Commande):
    pass


Command: TypeAlias = (
    OrienterSousConvention
    | MettreALEtude
    | AccepterAvecIdentite
    | RefuserOrientation
    | RetirerOrientation
    | ExpirerOrientation
)
Event: TypeAlias = (
    MenageOriente
    | OrientationMiseALEtude
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
)
Read: TypeAlias = Jalon | d.vie_privee.Event


class Libre(Struct, frozen=True):
    """Never oriented yet."""


class EnAttente(Struct, frozen=True):
    """An answer is awaited, up to and including `reponse_avant`."""

    convention: UUID
    reponse_avant: date
    delai_etude_jours: int
    a_l_etude: bool = False


class Acceptee(Struct, frozen=True): ...


class Terminee(Struct, frozen=True):
    """Over, and why: `issue` is also what a late answer is refused with."""

    issue: str


Orientation: TypeAlias = Libre | EnAttente | Acceptee | Terminee


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    repere: MenageRepere | None = None
    consenties: frozenset[str] = frozenset()
    orientation: Orientation = Libre()


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    _admettre(command, state.parcours, acte)
    match command, state.orientation:
        case OrienterSousConvention() as c, Libre() | Terminee():
            return [_orienter(c, state, acte)]
        case OrienterSousConvention(), _:
            raise Refus("orientation_deja_ouverte")

        case ExpirerOrientation(), EnAttente(reponse_avant=limite) if acte.le > limite:
            return [OrientationExpiree(echeance=limite, le=limite + timedelta(days=1))]
        case ExpirerOrientation(), EnAttente(reponse_avant=limite):
            raise Refus("pas_encore_du", a_partir_du=limite + timedelta(days=1))
        case ExpirerOrientation(), _:
            return []

        # Nothing awaits an answer any more, or yet.
        case AccepterAvecIdentite(), Acceptee():
            return []
        case RetirerOrientation(), Terminee(issue="orientation_retiree"):
            return []
        case _, Libre():
            raise Refus("orientation_absente")
        case _, Acceptee():
            raise Refus("orientation_deja_acceptee")
        case _, Terminee(issue=issue):
            raise Refus(issue)

        # Even before the clock has come by: what an answer is worth must not depend on the clock's punctuality.
        case _, EnAttente(reponse_avant=limite) if acte.le > limite:
            raise Refus("delai_depasse", reponse_avant=limite)

        case MettreALEtude(), EnAttente(a_l_etude=True, reponse_avant=limite):
            raise Refus("etude_deja_demandee", reponse_avant=limite)
        case MettreALEtude(), EnAttente() as attente:
            limite = attente.reponse_avant + timedelta(days=attente.delai_etude_jours)
            return [OrientationMiseALEtude(limite, acte.le)]
        case AccepterAvecIdentite() as c, EnAttente() as attente:
            return [OrientationAcceptee(attente.convention, c.identite, acte.le)]
        case RefuserOrientation() as r, EnAttente():
            exiger_precision(r.motif, r.precision)
            return [codifie(OrientationRefusee(r.auteur, r.etape, r.motif, r.precision, acte.le), acte)]
        case RetirerOrientation() as t, EnAttente():
            return [codifie(OrientationRetiree(t.motif, acte.le), acte)]

        case _ as jamais:
            assert_never(jamais)


def _admettre(command: Command, parcours: Parcours, acte: Acte) -> None:
    match command:
        case ExpirerOrientation():
            exiger_service(parcours, acte)
            return  # on a closed dossier the clock finds nothing to do, and that is no error
        case OrienterSousConvention() | RetirerOrientation():
            exiger_bailleur(parcours, acte)
        case MettreALEtude() | AccepterAvecIdentite() | RefuserOrientation():
            exiger_association(parcours, acte)
    exiger_vivant(parcours)


def _orienter(c: OrienterSousConvention, state: State, acte: Acte) -> MenageOriente:
    demande, repere, parcours = c.demande, state.repere, state.parcours
    if repere is None or TRANSMISSION not in state.consenties:
        raise Refus("consentement_absent")
    # A dossier is between one landlord and one association: a second one would find the first one's facts in it.
    if parcours.association not in (None, demande.association):
        raise Refus("association_differente")
    convention = exiger_convention(c.convention, parcours.bailleur, demande.association, demande.dispositif, acte.le)
    oriente = MenageOriente(
        menage=repere.menage,
        bailleur=repere.bailleur,
        association=demande.association,
        dispositif=demande.dispositif,
        convention=convention.convention,
        identite=c.identite,
        composition=repere.composition,
        logement=repere.logement,
        publics=repere.publics,
        motifs=demande.motifs,
        expose=demande.expose,
        conditions=convention.conditions,
        reponse_avant=acte.le + timedelta(days=convention.conditions.delai_reponse_jours),
        le=acte.le,
        consentements=tuple(sorted(state.consenties)),
    )
    return codifie(oriente, acte, repris=("composition", "logement", "publics", "consentements"))


def evolve(state: State, event: Read) -> State:
    match event:
        case ConsentementRecueilli(finalite=finalite):
            return replace(state, consenties=state.consenties | {finalite})
        case ConsentementRetire(finalite=finalite):
            return replace(state, consenties=state.consenties - {finalite})
        case OrientationMiseALEtude(reponse_avant=limite):
            assert isinstance(state.orientation, EnAttente)
            return replace(state, orientation=replace(state.orientation, reponse_avant=limite, a_l_etude=True))
        case jalon:
            parcours = avancer(state.parcours, jalon)
            repere = jalon if isinstance(jalon, MenageRepere) else state.repere
            return replace(state, parcours=parcours, repere=repere, orientation=_suivante(state.orientation, jalon))


def _suivante(orientation: Orientation, jalon: Jalon) -> Orientation:
    match jalon:
        case MenageRepere() | DiagnosticPose() | RencontreTenue() | OrientationMiseALEtude() | AdhesionRecueillie():
            return orientation
        case MenageOriente(convention=convention, reponse_avant=limite, conditions=conditions):
            return EnAttente(convention, limite, conditions.delai_etude_jours)
        case OrientationAcceptee():
            return Acceptee()
        case OrientationRefusee():
            return Terminee("orientation_refusee")
        case OrientationRetiree():
            return Terminee("orientation_retiree")
        case OrientationExpiree():
            return Terminee("orientation_expiree")
        case AdhesionRefusee():
            return Terminee("adhesion_refusee")
        case DossierClos():
            return Terminee("dossier_clos")
        case DonneesEffacees():
            return Terminee("donnees_effacees")
        case other:
            assert_never(other)


orientation: Chapter[Command, State, Read, Event] = Chapter(Read, State(), evolve, decide)
