"""Fin: the follow-up ends, for a reason and towards a situation that funders can count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.dossiers import DossierClos
from services.dossiers.chapitres import places
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association, exiger_bailleur, exiger_une_partie
from services.dossiers.chapitres.saisie import Jour, codifie, exiger_precision, jour_du_fait
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, History, Order, geste
from services.socle.facts.command import CodeStr, Commande, Texte


class CloreDossier(Commande):
    """Before acceptance the dossier is the landlord's to close, then the association's. Gives the place back."""

    motif: CodeStr
    situation: CodeStr
    precision: Texte = ""
    le: Jour | None = None


Command: TypeAlias = CloreDossier
Event: TypeAlias = DossierClos


def decide(command: Command, parcours: Parcours, acte: Acte) -> list[Event]:
    match parcours.etape:
        case Etape.INCONNU | Etape.REPERE | Etape.ORIENTE | Etape.SANS_SUITE:
            exiger_bailleur(parcours, acte)
        case Etape.ACCEPTE | Etape.ADHERENT:
            exiger_association(parcours, acte)
        case Etape.CLOS | Etape.EFFACE:
            exiger_une_partie(parcours, acte)
            exiger_vivant(parcours)
        case jamais:
            assert_never(jamais)
    exiger_precision(command.motif, command.precision)
    le = jour_du_fait(command.le, acte, parcours.repere_le)
    return [codifie(DossierClos(command.motif, command.situation, command.precision, le), acte)]


def alors(dossier: UUID, command: Command, history: History, new: Sequence[Event]) -> list[Order[places.Event]]:
    """The household's place is free again."""
    return places.rendre_la_place(dossier, history)


fin: Chapter[Command, Parcours, Jalon, Event] = Chapter(
    Jalon,
    Parcours(),
    avancer,
    decide,
    gestes=(
        geste(
            "clore",
            CloreDossier,
            "Clôt le dossier, avec un motif et une situation à la sortie ; la place se libère.",
            lambda _: CloreDossier(motif="objectifs_atteints", situation="autre"),
        ),
    ),
    alors=alors,
)
