"""The events of the partenaires service: who works with whom, under which convention, with whose money."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from contracts.message import Code, Message, Personnel

Libelle: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
"""The public name of an organisation or a dispositif; not about a person."""


class Regles(Struct, frozen=True):
    """What a dispositif asks of those who work under it. Delays in days, periodicity in months."""

    periodicite_mois: int = 2
    delai_reponse_jours: int = 15
    delai_etude_jours: int = 30
    entretien_requis: bool = True
    pseudonymes_pluriannuels: bool = False


class LigneDeFinancement(Struct, frozen=True):
    """One funder's share of a year's plan, in euro cents."""

    financeur: UUID
    source: Code
    montant_centimes: Annotated[int, Meta(ge=0)]


class OrganisationInscrite(Message, frozen=True):
    titre: ClassVar[str] = "OrganisationInscrite"
    organisation: UUID
    nom: Libelle
    nature: Code
    commune: Annotated[str, Meta(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
    emetteur: str
    le: date


class MembreInvite(Message, frozen=True):
    """A person is asked to join the organisation; they cannot do anything yet."""

    titre: ClassVar[str] = "MembreInvité"
    membre: UUID
    organisation: UUID
    nom: Personnel
    courriel: Personnel
    le: date


class MembreHabilite(Message, frozen=True):
    """The member may act: `sujet` is the opaque subject their identity provider (`emetteur`) signs. Replaces earlier roles.
    Carries all that a service needs to let the member in."""

    titre: ClassVar[str] = "MembreHabilité"
    membre: UUID
    organisation: UUID
    nature: Code
    emetteur: str
    sujet: str
    roles: tuple[Code, ...]
    le: date


class MembreRetire(Message, frozen=True):
    titre: ClassVar[str] = "MembreRetiré"
    membre: UUID
    organisation: UUID
    le: date


class DispositifOuvert(Message, frozen=True):
    titre: ClassVar[str] = "DispositifOuvert"
    dispositif: UUID
    organisation: UUID
    nom: Libelle
    publics: tuple[Code, ...]
    themes: tuple[Code, ...]
    regles: Regles
    le: date


class ConventionProposee(Message, frozen=True):
    """A landlord and an association agree on places and dates for a dispositif; nothing runs before both have signed."""

    titre: ClassVar[str] = "ConventionProposée"
    convention: UUID
    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: Annotated[int, Meta(ge=1, le=10000)]
    debut: date
    fin: date
    regles: Regles
    le: date


class ConventionSignee(Message, frozen=True):
    titre: ClassVar[str] = "ConventionSignée"
    convention: UUID
    organisation: UUID
    membre: UUID
    le: date


class ConventionActivee(Message, frozen=True):
    """Signed by both and begun: orientations may cite it. Carries all that the other services need to know of it."""

    titre: ClassVar[str] = "ConventionActivée"
    convention: UUID
    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: int
    debut: date
    fin: date
    regles: Regles
    le: date


class ConventionEchue(Message, frozen=True):
    titre: ClassVar[str] = "ConventionÉchue"
    convention: UUID
    fin: date
    le: date


class PlanDeFinancementEtabli(Message, frozen=True):
    """The year's funding plan of a convention; establishing it again replaces it."""

    titre: ClassVar[str] = "PlanDeFinancementÉtabli"
    convention: UUID
    annee: Annotated[int, Meta(ge=2000, le=2100)]
    lignes: tuple[LigneDeFinancement, ...]
    le: date


Event: TypeAlias = (
    OrganisationInscrite
    | MembreInvite
    | MembreHabilite
    | MembreRetire
    | DispositifOuvert
    | ConventionProposee
    | ConventionSignee
    | ConventionActivee
    | ConventionEchue
    | PlanDeFinancementEtabli
)
