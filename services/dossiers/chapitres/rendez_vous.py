"""Agenda: the association makes appointments with the household, alone or with the landlord, and says what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts import dossiers as d
from contracts.dossiers import MenageRepere, RendezVousAnnule, RendezVousFixe, RendezVousManque, RendezVousTenu
from services.dossiers.chapitres.fuseaux import PARIS, fuseau
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association
from services.dossiers.chapitres.saisie import (
    Jour,
    LigneRemplie,
    codifie,
    exiger_date_proche,
    exiger_precision,
    exiger_uniques,
    jour_du_fait,
)
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande, Ligne, Texte, ecrit
from services.socle.facts.refusal import Motif, Refus, a_changer, a_corriger, conflit

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


class TenirRendezVous(Commande):
    """`le`: the day it was held, when it was not the one it was made for."""

    rendez_vous: UUID
    le: Jour | None = None


class ManquerRendezVous(Commande):
    rendez_vous: UUID
    motif: CodeStr
    precision: Texte = ""


class AnnulerRendezVous(Commande):
    rendez_vous: UUID


Conclusion: TypeAlias = TenirRendezVous | ManquerRendezVous | AnnulerRendezVous
Command: TypeAlias = FixerRendezVous | Conclusion
Event: TypeAlias = RendezVousFixe | RendezVousTenu | RendezVousManque | RendezVousAnnule
Read: TypeAlias = Jalon | d.rendez_vous.Event


class Prevu(Struct, frozen=True):
    jour: date


class Tenu(Struct, frozen=True): ...


class Manque(Struct, frozen=True): ...


class Annule(Struct, frozen=True): ...


Etat: TypeAlias = Prevu | Tenu | Manque | Annule


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    fuseau: str = PARIS
    rendez_vous: Mapping[UUID, Etat] = MappingProxyType({})


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    exiger_association(state.parcours, acte)
    exiger_vivant(state.parcours)
    if state.parcours.etape not in (Etape.ACCEPTE, Etape.ADHERENT):
        raise Refus("orientation_non_acceptee")
    match command, state.rendez_vous.get(command.rendez_vous):
        case FixerRendezVous() as f, None:
            return [_fixer(f, state, acte)]
        case FixerRendezVous(), _:
            raise Refus("rendez_vous_deja_fixe")

        case _, None:
            raise Refus("rendez_vous_inconnu", champ="rendez_vous")

        case conclusion, Prevu(jour=jour):
            return [_conclure(conclusion, jour, state, acte)]
        case (TenirRendezVous(), Tenu()) | (ManquerRendezVous(), Manque()) | (AnnulerRendezVous(), Annule()):
            return []
        case _:
            raise Refus("rendez_vous_conclu")


def _conclure(command: Conclusion, jour: date, state: State, acte: Acte) -> Event:
    """What became of an appointment made for `jour`."""
    match command:
        case TenirRendezVous(rendez_vous=rendez_vous, le=le):
            return RendezVousTenu(rendez_vous, jour_du_fait(le or jour, acte, state.parcours.repere_le))
        case ManquerRendezVous(rendez_vous=rendez_vous, motif=motif, precision=precision):
            exiger_precision(motif, precision)
            manque_le = jour_du_fait(jour, acte, state.parcours.repere_le)
            return codifie(RendezVousManque(rendez_vous, motif, precision, manque_le), acte)
        case AnnulerRendezVous(rendez_vous=rendez_vous):
            return RendezVousAnnule(rendez_vous, acte.le)
        case jamais:
            assert_never(jamais)


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
        case RendezVousFixe(rendez_vous=rendez_vous, jour=jour):
            return _avec(state, rendez_vous, Prevu(jour))
        case RendezVousTenu(rendez_vous=rendez_vous):
            return _avec(state, rendez_vous, Tenu())
        case RendezVousManque(rendez_vous=rendez_vous):
            return _avec(state, rendez_vous, Manque())
        case RendezVousAnnule(rendez_vous=rendez_vous):
            return _avec(state, rendez_vous, Annule())
        case MenageRepere(logement=logement):
            return replace(state, parcours=avancer(state.parcours, event), fuseau=fuseau(logement.commune))
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


def _avec(state: State, rendez_vous: UUID, etat: Etat) -> State:
    return replace(state, rendez_vous={**state.rendez_vous, rendez_vous: etat})


REFUS: Mapping[str, Motif] = {
    "rendez_vous_inconnu": conflit(
        "Rendez-vous inconnu", "Ce dossier n'a pas de rendez-vous de cet identifiant : choisissez-en un de sa liste."
    ),
    "rendez_vous_deja_fixe": a_changer(
        "Rendez-vous déjà fixé", "Un rendez-vous porte déjà cet identifiant : prenez-en un nouveau pour chacun."
    ),
    "rendez_vous_conclu": conflit(
        "Rendez-vous déjà conclu", "Quelqu'un a déjà dit ce qu'il en a été de ce rendez-vous : relisez la liste."
    ),
    "rendez_vous_avec_soi": a_corriger(
        "Qui vient", "Dans « {champ} », l'association n'est pas à citer : c'est elle qui fixe le rendez-vous."
    ),
}

_ESSAI = UUID(int=0)


def _a_conclure(state: State) -> UUID:
    """The first of which nobody has said what became of it."""
    return next((qui for qui, etat in state.rendez_vous.items() if isinstance(etat, Prevu)), _ESSAI)


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
        geste(
            "tenir-rendez-vous",
            TenirRendezVous,
            "Note que le rendez-vous a eu lieu.",
            lambda state: TenirRendezVous(rendez_vous=_a_conclure(state)),
        ),
        geste(
            "manquer-rendez-vous",
            ManquerRendezVous,
            "Note que le rendez-vous a été manqué, et pourquoi.",
            lambda state: ManquerRendezVous(rendez_vous=_a_conclure(state), motif="malentendu"),
        ),
        geste(
            "annuler-rendez-vous",
            AnnulerRendezVous,
            "Annule un rendez-vous prévu.",
            lambda state: AnnulerRendezVous(rendez_vous=_a_conclure(state)),
        ),
    ),
    refus=REFUS,
)
