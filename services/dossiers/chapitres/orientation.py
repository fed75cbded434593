"""Orientation: the landlord asks, the association answers in time, or the request ends by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Protocol, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ConsentementRecueilli,
    ConsentementRetire,
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
)
from services.dossiers.chapitres import places
from services.dossiers.chapitres.convention import ConventionConnue, exiger_convention
from services.dossiers.chapitres.parcours import Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association, exiger_bailleur, exiger_service
from services.dossiers.chapitres.saisie import codifie, exiger_precision
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, History, Order, geste, geste_avec
from services.socle.facts.command import CodeStr, Commande, Texte
from services.socle.facts.refusal import Motif, Refus, a_changer, conflit

TRANSMISSION = "transmission"
"""The purpose (list « finalite_consentement ») without which nothing reaches the association."""


class OrienterMenage(Commande):
    """Names the association besides the convention: a convention picked by mistake must not send the household away."""

    association: UUID
    dispositif: UUID
    convention: UUID
    motifs: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=20)]
    expose: Texte = ""


PERSONNE = UUID(int=0)


class OrienterSousConvention(Struct, frozen=True):
    """The request with what lies outside the dossier: the convention it cites, and the identity in clear."""

    demande: OrienterMenage
    convention: ConventionConnue | None
    identite: Identite


class MettreALEtude(Commande):
    pass


class AccepterOrientation(Commande):
    pass


SANS_IDENTITE = Identite("", "")


class AccepterAvecIdentite(Struct, frozen=True):
    """The answer with the identity in clear, for the association's own copy, and the convention's number of places."""

    demande: AccepterOrientation
    identite: Identite
    convention: UUID
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
Read: TypeAlias = Jalon | ConsentementRecueilli | ConsentementRetire | OrientationMiseALEtude


class Libre(Struct, frozen=True):
    """Never oriented yet."""


class EnAttente(Struct, frozen=True):
    """An answer is awaited, up to and including `reponse_avant`. `identite` is the landlord's copy, sealed."""

    convention: UUID
    reponse_avant: date
    delai_etude_jours: int
    identite: Identite
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


class Orienteur(Protocol):
    """What this chapter asks of the world outside the dossier."""

    async def convention(self, convention: UUID, acte: Acte) -> ConventionConnue | None:
        """The convention as partenaires' facts tell it; None when the acting organisation is no party to it."""
        ...

    async def ouvrir(self, identite: Identite) -> Identite:
        """A sealed identity in clear: the command's events seal it again, under the acting organisation's key."""
        ...


async def orienter(demande: OrienterMenage, state: State, acte: Acte, dehors: Orienteur) -> OrienterSousConvention:
    exiger_bailleur(state.parcours, acte)
    if state.repere is None:
        raise Refus("inconnu")
    convention = await dehors.convention(demande.convention, acte)
    return OrienterSousConvention(demande, convention, await dehors.ouvrir(state.repere.identite))


async def accepter(demande: AccepterOrientation, state: State, acte: Acte, dehors: Orienteur) -> AccepterAvecIdentite:
    exiger_association(state.parcours, acte)
    if not isinstance(state.orientation, EnAttente):
        return AccepterAvecIdentite(
            demande, SANS_IDENTITE, PERSONNE, 0
        )  # nothing awaits an answer: the rule says which
    attente = state.orientation
    convention = await dehors.convention(attente.convention, acte)
    if convention is None:
        raise Refus("convention_inconnue")
    return AccepterAvecIdentite(demande, await dehors.ouvrir(attente.identite), attente.convention, convention.places)


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
        case MenageRepere() | AdhesionRecueillie():
            return orientation
        case MenageOriente(convention=convention, reponse_avant=limite, conditions=conditions, identite=identite):
            return EnAttente(convention, limite, conditions.delai_etude_jours, identite)
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


REFUS: Mapping[str, Motif] = {
    "consentement_absent": conflit(
        "Accord du ménage absent",
        "Recueillez l'accord du ménage pour la transmission avant de l'orienter vers une association.",
    ),
    "association_differente": a_changer(
        "Dossier lié à une autre association",
        "Ce dossier a déjà été adressé à une association : ouvrez-en un nouveau pour vous adresser à une autre.",
    ),
    "orientation_deja_acceptee": conflit(
        "Orientation déjà acceptée", "L'association a déjà accepté : pour y mettre fin, elle clôt le dossier."
    ),
    "orientation_refusee": conflit("Orientation refusée", "Cette orientation a été refusée : elle ne se traite plus."),
    "orientation_retiree": conflit("Orientation retirée", "Cette orientation a été retirée : elle ne se traite plus."),
    "orientation_expiree": conflit(
        "Orientation expirée",
        "Le délai de réponse est passé et l'orientation a expiré : le bailleur peut orienter le ménage à nouveau.",
    ),
    "delai_depasse": conflit(
        "Délai de réponse dépassé",
        "Il fallait répondre avant la fin du {reponse_avant} : le bailleur pourra orienter le ménage à nouveau.",
    ),
    "etude_deja_demandee": conflit(
        "Étude déjà demandée", "Le délai n'est prolongé qu'une fois : répondez avant la fin du {reponse_avant}."
    ),
    "adhesion_refusee": conflit(
        "Adhésion refusée", "Le ménage n'a pas souhaité être accompagné : cette orientation est terminée."
    ),
}


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """The association, from the orientation on."""
    return frozenset(event.association for event in new if isinstance(event, MenageOriente))


def alors(dossier: UUID, command: Command, history: History, new: Sequence[Event]) -> list[Order[places.Event]]:
    """A place of the convention is taken with the acceptance."""
    match command:
        case AccepterAvecIdentite(convention=convention, places=capacite) if new:
            return places.prendre_une_place(dossier, convention, capacite)
        case _:
            return []


orientation: Chapter[Command, State, Read, Event, Orienteur] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste_avec(
            "orienter",
            OrienterMenage,
            orienter,
            "Demande à une association de rencontrer le ménage, sous une convention active.",
            lambda _: OrienterMenage(association=PERSONNE, dispositif=PERSONNE, convention=PERSONNE, motifs=("autre",)),
        ),
        geste(
            "mettre-a-l-etude",
            MettreALEtude,
            "Prolonge une fois le délai de réponse.",
            lambda _: MettreALEtude(),
        ),
        geste_avec(
            "accepter-orientation",
            AccepterOrientation,
            accepter,
            "Accepte d'accompagner le ménage ; prend une place de la convention.",
            lambda _: AccepterOrientation(),
        ),
        geste(
            "refuser-orientation",
            RefuserOrientation,
            "Refuse l'orientation, en disant qui refuse, à quelle étape et pourquoi.",
            lambda _: RefuserOrientation(auteur="association", etape="proposition", motif="hors_territoire"),
        ),
        geste(
            "retirer-orientation",
            RetirerOrientation,
            "Le bailleur reprend sa demande avant la réponse.",
            lambda _: RetirerOrientation(motif="autre"),
        ),
        geste(
            "expirer-orientation",
            ExpirerOrientation,
            "Le délai de réponse est passé ; réservé à l'horloge.",
            horloge=True,
        ),
    ),
    refus=REFUS,
    parties=parties,
    alors=alors,
)
