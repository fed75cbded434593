"""Équipe: the coordinator says who of the association follows the household, and may change that until it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from contracts.dossiers import MenageOriente, ReferentDesigne
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import COORDINATION, exiger_association
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste_avec
from services.socle.facts.command import Commande
from services.socle.facts.refusal import Motif, Refus, a_changer

PERSONNE = UUID(int=0)


class DesignerReferent(Commande):
    referent: UUID


class DesignerParmi(Struct, frozen=True):
    """The request with what lies outside the dossier: who of the association may follow households today."""

    demande: DesignerReferent
    membres: frozenset[UUID]


class Equipe(Protocol):
    """What this chapter asks of the world outside the dossier."""

    async def referents(self, acte: Acte) -> frozenset[UUID]:
        """The active members of the acting organisation who may follow a household."""
        ...


async def designer(demande: DesignerReferent, state: State, acte: Acte, dehors: Equipe) -> DesignerParmi:
    exiger_association(state.parcours, acte, COORDINATION)
    return DesignerParmi(demande, await dehors.referents(acte))


Command: TypeAlias = DesignerParmi
Event: TypeAlias = ReferentDesigne
Read: TypeAlias = Jalon | ReferentDesigne


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    referent: UUID | None = None


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    exiger_association(state.parcours, acte, COORDINATION)
    exiger_vivant(state.parcours)
    referent = command.demande.referent
    match state.parcours.etape:
        case Etape.ACCEPTE | Etape.ADHERENT if referent == state.referent:
            return []
        case Etape.ACCEPTE | Etape.ADHERENT if referent not in command.membres:
            raise Refus("referent_inconnu", champ="referent")
        case Etape.ACCEPTE | Etape.ADHERENT:
            return [ReferentDesigne(referent, acte.le)]
        case _:
            raise Refus("orientation_non_acceptee")


def evolve(state: State, event: Read) -> State:
    match event:
        case ReferentDesigne(referent=referent):
            return replace(state, referent=referent)
        case MenageOriente():  # a new request: whoever followed the household before is to be designated again
            return State(avancer(state.parcours, event))
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


REFUS: Mapping[str, Motif] = {
    "referent_inconnu": a_changer(
        "Référent inconnu", "Cette personne ne suit pas de ménages dans votre association : choisissez-en une autre."
    ),
}


equipe: Chapter[Command, State, Read, Event, Equipe] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste_avec(
            "designer-referent",
            DesignerReferent,
            designer,
            "Dit qui, à l'association, suit le ménage.",
            lambda _: DesignerReferent(referent=PERSONNE),
        ),
    ),
    refus=REFUS,
)
