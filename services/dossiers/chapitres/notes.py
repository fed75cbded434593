"""Écrits: what the association writes for itself. `niveau` says who of it reads the note; the landlord never does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from contracts.dossiers import NoteDeposee
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association
from services.dossiers.chapitres.saisie import Jour, TexteRempli, codifie, jour_du_fait
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande
from services.socle.facts.refusal import Motif, Refus, a_changer


class DeposerNote(Commande):
    note: UUID
    niveau: CodeStr
    theme: CodeStr | None = None
    texte: TexteRempli
    le: Jour | None = None


Command: TypeAlias = DeposerNote
Event: TypeAlias = NoteDeposee
Read: TypeAlias = Jalon | NoteDeposee


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    notes: frozenset[UUID] = frozenset()


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    exiger_association(state.parcours, acte)
    exiger_vivant(state.parcours)
    match state.parcours.etape:
        case Etape.ACCEPTE | Etape.ADHERENT if command.note in state.notes:
            raise Refus("note_deja_deposee")
        case Etape.ACCEPTE | Etape.ADHERENT:
            le = jour_du_fait(command.le, acte, state.parcours.repere_le)
            return [codifie(NoteDeposee(command.note, command.niveau, command.theme, command.texte, le), acte)]
        case _:
            raise Refus("orientation_non_acceptee")


def evolve(state: State, event: Read) -> State:
    match event:
        case NoteDeposee(note=note):
            return replace(state, notes=state.notes | {note})
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


REFUS: Mapping[str, Motif] = {
    "note_deja_deposee": a_changer(
        "Note déjà déposée", "Une note porte déjà cet identifiant : prenez-en un nouveau pour chaque note."
    ),
}


notes: Chapter[Command, State, Read, Event] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste(
            "deposer-note",
            DeposerNote,
            "Dépose une note, pour l'équipe ou pour le seul référent ; jamais pour le bailleur.",
            lambda _: DeposerNote(note=UUID(int=0), niveau="equipe", texte="…"),
        ),
    ),
    refus=REFUS,
)
