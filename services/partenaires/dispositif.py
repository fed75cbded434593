"""A dispositif: what a programme of support asks of everyone who works under it."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.partenaires import DispositifOuvert, Regles
from services.partenaires.codes import verifier
from services.partenaires.identifiant import identifiant
from services.socle.acte import Acte
from services.socle.chapter import Chapter, Refus
from services.socle.commande import CodeStr, Commande, Ligne

PORTEURS = frozenset({"responsable", "coordinateur"})
"""Roles that may open a dispositif: a landlord's or an association's manager."""


class ReglesDemandees(BaseModel):
    """contracts.partenaires.Regles as a person fills it in. Delays in days, periodicity in months."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    periodicite_mois: Annotated[int, Field(ge=1, le=12)] = 2
    delai_reponse_jours: Annotated[int, Field(ge=1, le=90)] = 15
    delai_etude_jours: Annotated[int, Field(ge=1, le=180)] = 30
    entretien_requis: bool = True
    pseudonymes_pluriannuels: bool = False

    def regles(self) -> Regles:
        return Regles(**self.model_dump())


class OuvrirDispositif(Commande):
    """An organisation sets up a programme: for whom, on which themes, by which rules."""

    nom: Annotated[Ligne, StringConstraints(min_length=1)]
    publics: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=50)]
    themes: Annotated[tuple[CodeStr, ...], Field(min_length=1, max_length=50)]
    regles: ReglesDemandees = ReglesDemandees()


class Absent(Struct, frozen=True): ...


class Ouvert(Struct, frozen=True):
    dispositif: UUID


State: TypeAlias = Absent | Ouvert


def decide(command: OuvrirDispositif, state: State, acte: Acte) -> list[DispositifOuvert]:
    if not acte.roles & PORTEURS:
        raise Refus("role_insuffisant")
    if isinstance(state, Ouvert):
        raise Refus("dispositif_deja_ouvert")
    return [
        DispositifOuvert(
            identifiant("dispositif", acte),
            acte.organisation,
            command.nom,
            verifier("publics", command.publics, acte.le),
            verifier("themes", command.themes, acte.le),
            command.regles.regles(),
            acte.le,
        )
    ]


def evolve(_: State, event: DispositifOuvert) -> State:
    return Ouvert(event.dispositif)


dispositif: Chapter[OuvrirDispositif, State, DispositifOuvert, DispositifOuvert] = Chapter(
    DispositifOuvert, Absent(), evolve, decide
)
