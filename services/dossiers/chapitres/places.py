"""Places: the convention's own stream, so that its last place is given once, whatever happens at the same moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from contracts.dossiers import AdhesionRefusee, DossierClos, OrientationAcceptee, PlacePrise, PlaceRendue
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, History, Order
from services.socle.facts.command import Commande
from services.socle.facts.refusal import Motif, Refus, conflit

PLACES = UUID("c7a0a2c4-70a4-4b60-8a3b-6f2f5f1d9b02")


def stream_des_places(convention: UUID) -> UUID:
    return uuid5(PLACES, convention.hex)


class PrendrePlace(Commande):
    """Follows from an acceptance, in the same transaction; nobody sends it. `capacite` is the convention's today."""

    convention: UUID
    dossier: UUID
    capacite: int


class RendrePlace(Commande):
    """Follows from the end of an accepted orientation; nobody sends it."""

    convention: UUID
    dossier: UUID


Command: TypeAlias = PrendrePlace | RendrePlace
Event: TypeAlias = PlacePrise | PlaceRendue
State: TypeAlias = frozenset[UUID]
"""The dossiers that hold a place."""


def decide(command: Command, occupants: State, acte: Acte) -> list[Event]:
    match command:
        case PrendrePlace(dossier=dossier) if dossier in occupants:
            return []
        case PrendrePlace(capacite=capacite) if len(occupants) >= capacite:
            raise Refus("capacite_atteinte", places=capacite)
        case PrendrePlace(convention=convention, dossier=dossier):
            return [PlacePrise(convention, dossier, acte.le)]

        case RendrePlace(dossier=dossier) if dossier not in occupants:
            return []
        case RendrePlace(convention=convention, dossier=dossier):
            return [PlaceRendue(convention, dossier, acte.le)]

        case jamais:
            assert_never(jamais)


def evolve(occupants: State, event: Event) -> State:
    match event:
        case PlacePrise(dossier=dossier):
            return occupants | {dossier}
        case PlaceRendue(dossier=dossier):
            return occupants - {dossier}
        case other:
            assert_never(other)


def convention_occupee(history: Iterable[object]) -> UUID | None:
    """The convention in which a dossier of this history holds a place, None when it holds none (any more)."""
    convention = None
    for event in history:
        match event:
            case OrientationAcceptee(convention=acceptante):
                convention = acceptante
            case AdhesionRefusee() | DossierClos():
                convention = None
    return convention


REFUS: Mapping[str, Motif] = {
    "capacite_atteinte": conflit(
        "Plus de place", "Toutes les places de la convention sont prises ({places}) : attendez qu'une se libère."
    ),
}


places: Chapter[Command, State, Event, Event] = Chapter(Event, frozenset(), evolve, decide, refus=REFUS)


def prendre_une_place(dossier: UUID, convention: UUID, capacite: int) -> list[Order[Event]]:
    """What goes with an acceptance."""
    take = PrendrePlace(convention=convention, dossier=dossier, capacite=capacite)
    return [places.order(stream_des_places(convention), take, birth=True)]


def rendre_la_place(dossier: UUID, history: History) -> list[Order[Event]]:
    """What goes with the end of a dossier of this history; nothing when it holds no place."""
    if (convention := convention_occupee(history)) is None:
        return []
    return [places.order(stream_des_places(convention), RendrePlace(convention=convention, dossier=dossier))]
