"""Entretien initial: the association listens, and notes the household's needs with a score per theme, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.dossiers import Besoin, EntretienInitialTenu
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association
from services.dossiers.chapitres.saisie import Jour, Note1a5, Saisie, codifie, exiger_uniques, jour_du_fait
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande, Texte
from services.socle.facts.refusal import Motif, Refus, conflit


class BesoinSaisi(Saisie):
    theme: CodeStr
    score: Note1a5
    precision: Texte = ""


class TenirEntretienInitial(Commande):
    besoins: Annotated[tuple[BesoinSaisi, ...], Field(min_length=1, max_length=30)]
    synthese: Texte = ""
    support: CodeStr
    le: Jour | None = None


Command: TypeAlias = TenirEntretienInitial
Event: TypeAlias = EntretienInitialTenu
Read: TypeAlias = Jalon | EntretienInitialTenu


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    tenu: bool = False


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    exiger_association(state.parcours, acte)
    exiger_vivant(state.parcours)
    match state:
        case State(tenu=True):
            raise Refus("entretien_deja_tenu")
        case State(parcours=Parcours(etape=Etape.ADHERENT, repere_le=repere_le)):
            exiger_uniques([b.theme for b in command.besoins], "besoins")
            besoins = tuple(Besoin(b.theme, b.score, b.precision) for b in command.besoins)
            le = jour_du_fait(command.le, acte, repere_le)
            return [codifie(EntretienInitialTenu(besoins, command.synthese, command.support, le), acte)]
        case _:
            raise Refus("adhesion_absente")


def evolve(state: State, event: Read) -> State:
    match event:
        case EntretienInitialTenu():
            return replace(state, tenu=True)
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


REFUS: Mapping[str, Motif] = {
    "entretien_deja_tenu": conflit(
        "Entretien déjà enregistré",
        "L'entretien initial est enregistré : ce qui a changé depuis se note à la réévaluation.",
    ),
}


entretien: Chapter[Command, State, Read, Event] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste(
            "tenir-entretien-initial",
            TenirEntretienInitial,
            "Note l'entretien initial : les besoins du ménage, un score par thème.",
            lambda _: TenirEntretienInitial(besoins=(BesoinSaisi(theme="autre", score=1),), support="autre"),
        ),
    ),
    refus=REFUS,
)
