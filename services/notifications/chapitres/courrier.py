"""What a dossier's people are told, and who has read it: one stream per dossier or convention, beside its own.

Messages that announce a fact are appended with it (greffe.py); here is decided what is asked for by itself: the clock's
reminders, what became of a task that came to nothing, and reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from contracts.notifications import EcheanceSansSuite, MessageAdresse, MessageLu
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter
from services.socle.facts.command import Commande
from services.socle.facts.refusal import Refus

COURRIER = UUID("b0f5f6f6-0a37-4d1c-9d5e-3f4b1d6c7e01")


def stream_du_courrier(suivi: UUID) -> UUID:
    """The stream of what is said about a dossier or a convention."""
    return uuid5(COURRIER, suivi.hex)


class LireMessage(Commande):
    """The acting member has read it."""

    message: UUID


class EmettreRappel(Struct, frozen=True):
    """The day of a reminder has come: `objet` says which, `le` is that day."""

    dossier: UUID
    objet: str
    le: date
    echeance: date
    organisation: UUID
    role: str | None
    membre: UUID | None


class ClasserEcheance(Struct, frozen=True):
    """A task of the clock came to nothing: it is not asked for again."""

    suivi: UUID
    tache: str
    le: date
    raison: str


Command: TypeAlias = LireMessage | EmettreRappel | ClasserEcheance
Event: TypeAlias = MessageAdresse | MessageLu | EcheanceSansSuite


class State(Struct, frozen=True):
    """`messages` by id; `lus` (message, member); `classees` (task, day)."""

    messages: dict[UUID, MessageAdresse] = {}
    lus: frozenset[tuple[UUID, UUID]] = frozenset()
    classees: frozenset[tuple[str, date]] = frozenset()


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    match command:
        case LireMessage(message=message):
            adresse = state.messages.get(message)
            if adresse is None or not est_pour(adresse, acte):
                raise Refus("inconnu")
            return [] if (message, acte.membre) in state.lus else [MessageLu(message, acte.membre, acte.le)]
        case EmettreRappel():
            rappel = _rappel(command)
            return [] if rappel.message in state.messages else [rappel]
        case ClasserEcheance(suivi=suivi, tache=tache, le=le, raison=raison):
            return [] if (tache, le) in state.classees else [EcheanceSansSuite(suivi, tache, le, raison)]
        case other:
            assert_never(other)


def est_pour(message: MessageAdresse, acte: Acte) -> bool:
    """Whether the acting member is among those a message was addressed to."""
    if message.organisation != acte.organisation:
        return False
    if message.membre is not None:
        return message.membre == acte.membre
    return message.role is None or message.role in acte.roles


def _rappel(c: EmettreRappel) -> MessageAdresse:
    # Named after what it reminds of, so that it is the same one whoever sends it.
    message = uuid5(stream_du_courrier(c.dossier), f"{c.objet}:{c.le}")
    return MessageAdresse(message, c.dossier, c.organisation, c.role, c.membre, c.objet, c.echeance, c.le)


def evolve(state: State, event: Event) -> State:
    match event:
        case MessageAdresse(message=message):
            return replace(state, messages=state.messages | {message: event})
        case MessageLu(message=message, membre=membre):
            return replace(state, lus=state.lus | {(message, membre)})
        case EcheanceSansSuite(tache=tache, le=le):
            return replace(state, classees=state.classees | {(tache, le)})
        case other:
            assert_never(other)


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """Whoever is written to may answer that they have read it."""
    return frozenset(event.organisation for event in new if isinstance(event, MessageAdresse))


courrier: Chapter[Command, State, Event, Event] = Chapter(Event, State(), evolve, decide, parties=parties)
