"""Vie privée: what the household agrees to, takes back, and has forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from contracts.codes import liste
from contracts.dossiers import (
    ConsentementRecueilli,
    ConsentementRetire,
    DonneesEffacees,
    MenageRepere,
    OrientationRetiree,
)
from services.dossiers.chapitres.orientation import TRANSMISSION
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import ENCADREMENT, exiger_une_partie
from services.dossiers.chapitres.saisie import Jour, codifie, jour_du_fait
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande
from services.socle.facts.refusal import Motif, Refus, conflit

FINALITES = tuple(liste("finalite_consentement"))
"""Every purpose a household can agree to."""


class RecueillirConsentement(Commande):
    finalite: CodeStr
    support: CodeStr
    le: Jour | None = None


class RetirerConsentement(Commande):
    finalite: CodeStr
    le: Jour | None = None


class EffacerDonnees(Commande):
    """Destroys the acting organisation's own copy, for good; the other organisation's is its own to destroy."""


Command: TypeAlias = RecueillirConsentement | RetirerConsentement | EffacerDonnees
Event: TypeAlias = ConsentementRecueilli | ConsentementRetire | OrientationRetiree | DonneesEffacees
Read: TypeAlias = Jalon | ConsentementRecueilli | ConsentementRetire


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    menage: UUID | None = None
    consenties: frozenset[str] = frozenset()
    effacees: frozenset[UUID] = frozenset()
    """The organisations that have destroyed their copy."""


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    _admettre(command, state.parcours, acte)
    match command:
        case RecueillirConsentement(finalite=finalite) if finalite in state.consenties:
            return []
        case RecueillirConsentement() as c:
            le = jour_du_fait(c.le, acte, state.parcours.repere_le)
            return [codifie(ConsentementRecueilli(c.finalite, c.support, le), acte)]

        case RetirerConsentement(finalite=finalite) if finalite not in state.consenties:
            return []
        case RetirerConsentement() as c:
            retire = ConsentementRetire(c.finalite, jour_du_fait(c.le, acte, state.parcours.repere_le))
            # What was asked on the strength of this agreement, and nobody has answered yet, is taken back with it.
            if c.finalite == TRANSMISSION and state.parcours.etape is Etape.ORIENTE:
                return [retire, OrientationRetiree("consentement_retire", acte.le)]
            return [retire]

        case EffacerDonnees() if acte.organisation in state.effacees:
            return []
        case EffacerDonnees() if state.parcours.etape in (Etape.ORIENTE, Etape.ACCEPTE, Etape.ADHERENT):
            raise Refus("dossier_ouvert")
        case EffacerDonnees():
            assert state.menage is not None  # a dossier that has parties has a household
            return [DonneesEffacees(state.menage, acte.organisation, acte.le)]

        case jamais:
            assert_never(jamais)


def _admettre(command: Command, parcours: Parcours, acte: Acte) -> None:
    match command:
        case RecueillirConsentement() | RetirerConsentement():
            exiger_une_partie(parcours, acte)
            exiger_vivant(parcours)
        case EffacerDonnees():  # irreversible: for those who answer for the team; a closed dossier accepts it
            exiger_une_partie(parcours, acte, ENCADREMENT)


def evolve(state: State, event: Read) -> State:
    match event:
        case ConsentementRecueilli(finalite=finalite):
            return replace(state, consenties=state.consenties | {finalite})
        case ConsentementRetire(finalite=finalite):
            return replace(state, consenties=state.consenties - {finalite})
        case MenageRepere(menage=menage):
            return replace(state, parcours=avancer(state.parcours, event), menage=menage)
        case DonneesEffacees(organisation=organisation):
            parcours = avancer(state.parcours, event)
            return replace(state, parcours=parcours, effacees=state.effacees | {organisation})
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


REFUS: Mapping[str, Motif] = {
    "dossier_ouvert": conflit(
        "Dossier en cours",
        "L'accompagnement est en cours : retirez l'orientation ou clôturez le dossier avant d'effacer les données.",
    ),
}


vie_privee: Chapter[Command, State, Read, Event] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste(
            "recueillir-consentement",
            RecueillirConsentement,
            "Note ce que le ménage accepte.",
            lambda _: {f: RecueillirConsentement(finalite=f, support="autre") for f in FINALITES},
        ),
        geste(
            "retirer-consentement",
            RetirerConsentement,
            "Note ce que le ménage n'accepte plus ; ce qui s'appuyait dessus s'arrête.",
            lambda _: {f: RetirerConsentement(finalite=f) for f in FINALITES},
        ),
        geste(
            "effacer-donnees",
            EffacerDonnees,
            "Détruit la copie de votre organisation : plus personne ne pourra la lire.",
            lambda _: EffacerDonnees(),
        ),
    ),
    refus=REFUS,
)
