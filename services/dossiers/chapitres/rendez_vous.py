"""Agenda: the association makes appointments with the household, alone or with the landlord, and says what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.dossiers import MenageRepere, RendezVousFixe
from services.dossiers.chapitres.fuseaux import PARIS, fuseau
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association
from services.dossiers.chapitres.saisie import Jour, LigneRemplie, codifie, exiger_date_proche, exiger_uniques
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande, Ligne, ecrit
from services.socle.facts.refusal import Motif, Refus, a_changer, a_corriger

Heure: TypeAlias = Annotated[
    str, *ecrit(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "L'heure est attendue ainsi : 09:30, entre 00:00 et 23:59.")
]


class FixerRendezVous(Commande):
    """`avec`: who comes besides the association, as codes of the list « partie »."""

    rendez_vous: UUID
    jour: Jour
    heure: Heure
    lieu: LigneRemplie
    avec: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=3)]
    objet: Ligne = ""


Command: TypeAlias = FixerRendezVous
Event: TypeAlias = RendezVousFixe
Read: TypeAlias = Jalon | RendezVousFixe


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    fuseau: str = PARIS
    fixes: frozenset[UUID] = frozenset()


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    exiger_association(state.parcours, acte)
    exiger_vivant(state.parcours)
    if state.parcours.etape not in (Etape.ACCEPTE, Etape.ADHERENT):
        raise Refus("orientation_non_acceptee")
    match command:
        case FixerRendezVous(rendez_vous=rendez_vous) if rendez_vous in state.fixes:
            raise Refus("rendez_vous_deja_fixe")
        case FixerRendezVous() as f:
            return [_fixer(f, state, acte)]


def _fixer(f: FixerRendezVous, state: State, acte: Acte) -> RendezVousFixe:
    """What is typed later may have been fixed earlier, but not before the household was known."""
    if f.jour < state.parcours.repere_le:
        raise Refus("date_anterieure", champ="jour", date=f.jour, depuis=state.parcours.repere_le)
    exiger_date_proche(f.jour, acte, "jour")
    exiger_uniques(f.avec, "avec")
    if "association" in f.avec:
        raise Refus("rendez_vous_avec_soi", champ="avec")
    fixe = RendezVousFixe(f.rendez_vous, f.jour, f.heure, state.fuseau, f.lieu, f.avec, f.objet, acte.le)
    return codifie(fixe, acte)


def evolve(state: State, event: Read) -> State:
    match event:
        case RendezVousFixe(rendez_vous=rendez_vous):
            return replace(state, fixes=state.fixes | {rendez_vous})
        case MenageRepere(logement=logement):
            return replace(state, parcours=avancer(state.parcours, event), fuseau=fuseau(logement.commune))
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


REFUS: Mapping[str, Motif] = {
    "rendez_vous_deja_fixe": a_changer(
        "Rendez-vous déjà fixé", "Un rendez-vous porte déjà cet identifiant : prenez-en un nouveau pour chacun."
    ),
    "rendez_vous_avec_soi": a_corriger(
        "Qui vient", "Dans « {champ} », l'association n'est pas à citer : c'est elle qui fixe le rendez-vous."
    ),
}

_ESSAI = UUID(int=0)

rendez_vous: Chapter[Command, State, Read, Event] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste(
            "fixer-rendez-vous",
            FixerRendezVous,
            "Fixe un rendez-vous avec le ménage, seul ou avec le bailleur.",
            lambda state: FixerRendezVous(
                rendez_vous=_ESSAI, jour=state.parcours.repere_le, heure="09:00", lieu="…", avec=("menage",)
            ),
        ),
    ),
    refus=REFUS,
)
