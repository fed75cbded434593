"""Adhésion: once the association has accepted, the household says whether it wants to be accompanied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from contracts.dossiers import AdhesionRecueillie, AdhesionRefusee
from services.dossiers.chapitres import places
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association
from services.dossiers.chapitres.saisie import Jour, codifie, exiger_precision, jour_du_fait
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, History, Order, geste
from services.socle.facts.command import CodeStr, Commande, Texte
from services.socle.facts.refusal import Motif, Refus, conflit


class RecueillirAdhesion(Commande):
    support: CodeStr
    le: Jour | None = None


class RefuserAdhesion(Commande):
    """The household does not want to be accompanied. Ends the orientation; its place is given back."""

    motif: CodeStr
    precision: Texte = ""
    le: Jour | None = None


Command: TypeAlias = RecueillirAdhesion | RefuserAdhesion
Event: TypeAlias = AdhesionRecueillie | AdhesionRefusee


def decide(command: Command, parcours: Parcours, acte: Acte) -> list[Event]:
    exiger_association(parcours, acte)
    exiger_vivant(parcours)
    match command, parcours.etape:
        case RecueillirAdhesion() as c, Etape.ACCEPTE:
            return [codifie(AdhesionRecueillie(c.support, jour_du_fait(c.le, acte, parcours.repere_le)), acte)]
        case RecueillirAdhesion(), Etape.ADHERENT:
            return []

        case RefuserAdhesion() as r, Etape.ACCEPTE:
            exiger_precision(r.motif, r.precision)
            le = jour_du_fait(r.le, acte, parcours.repere_le)
            return [codifie(AdhesionRefusee(r.motif, r.precision, le), acte)]
        case RefuserAdhesion(), Etape.ADHERENT:
            raise Refus("adhesion_deja_recueillie")

        case _:
            raise Refus("orientation_non_acceptee")


REFUS: Mapping[str, Motif] = {
    "adhesion_deja_recueillie": conflit(
        "Adhésion déjà recueillie", "Le ménage a adhéré : s'il ne veut plus être accompagné, clôturez le dossier."
    ),
}


def alors(dossier: UUID, command: Command, history: History, new: Sequence[Event]) -> list[Order[places.Event]]:
    """A household that does not want to be accompanied leaves its place to another."""
    return places.rendre_la_place(dossier, history) if any(isinstance(event, AdhesionRefusee) for event in new) else []


adhesion: Chapter[Command, Parcours, Jalon, Event] = Chapter(
    Jalon,
    Parcours(),
    avancer,
    decide,
    gestes=(
        geste(
            "recueillir-adhesion",
            RecueillirAdhesion,
            "Note que le ménage veut être accompagné.",
            lambda _: RecueillirAdhesion(support="autre"),
        ),
        geste(
            "refuser-adhesion",
            RefuserAdhesion,
            "Note que le ménage ne veut pas être accompagné ; sa place se libère.",
            lambda _: RefuserAdhesion(motif="autre"),
        ),
    ),
    refus=REFUS,
    alors=alors,
)
