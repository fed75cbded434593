"""A dispositif: what a programme of support asks of everyone who works under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Struct
from pydantic import Field, StrictBool

from contracts.partenaires import DispositifOuvert, Regles
from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.saisie import Nom, Saisie, verifier
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande
from services.socle.facts.refusal import Motif, Refus, conflit

PORTEURS = frozenset({"responsable", "coordinateur"})
"""Roles that may open a dispositif: a landlord's or an association's manager."""


class ReglesDemandees(Saisie):
    """contracts.partenaires.Regles as a person fills it in. Delays in days, periodicity in months."""

    periodicite_mois: Annotated[int, Field(ge=1, le=12, strict=True)] = 2
    delai_reponse_jours: Annotated[int, Field(ge=1, le=90, strict=True)] = 15
    delai_etude_jours: Annotated[int, Field(ge=1, le=180, strict=True)] = 30
    entretien_requis: StrictBool = True
    pseudonymes_pluriannuels: StrictBool = False

    def regles(self) -> Regles:
        return Regles(**self.model_dump())


class OuvrirDispositif(Commande):
    """An organisation sets up a programme: for whom, on which themes, by which rules."""

    nom: Nom
    publics: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=50)]
    themes: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=50)]
    regles: ReglesDemandees = ReglesDemandees()


class Absent(Struct, frozen=True): ...


class Ouvert(Struct, frozen=True):
    dispositif: UUID


State: TypeAlias = Absent | Ouvert


def decide(command: OuvrirDispositif, state: State, acte: Acte) -> list[DispositifOuvert]:
    if not acte.roles & PORTEURS:
        raise Refus("role_insuffisant", roles=sorted(PORTEURS))
    if isinstance(state, Ouvert):
        raise Refus("dispositif_deja_ouvert")
    return [
        DispositifOuvert(
            identifiant("dispositif", acte),
            acte.organisation,
            command.nom,
            verifier("publics", "publics", command.publics, acte.le),
            verifier("themes", "themes", command.themes, acte.le),
            command.regles.regles(),
            acte.le,
        )
    ]


def evolve(_: State, event: DispositifOuvert) -> State:
    return Ouvert(event.dispositif)


REFUS: Mapping[str, Motif] = {
    "dispositif_deja_ouvert": conflit("Dispositif déjà ouvert", "Ce dispositif est déjà ouvert."),
}


def parties(new: Sequence[DispositifOuvert]) -> frozenset[UUID]:
    """Whoever opened it."""
    return frozenset(event.organisation for event in new)


dispositif: Chapter[OuvrirDispositif, State, DispositifOuvert, DispositifOuvert] = Chapter(
    DispositifOuvert,
    Absent(),
    evolve,
    decide,
    gestes=(
        geste(
            "ouvrir",
            OuvrirDispositif,
            "Ouvre un dispositif : ses publics, ses thèmes, ses règles.",
            naissance=PORTEURS,
        ),
    ),
    refus=REFUS,
    parties=parties,
)
