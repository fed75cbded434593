"""Organisations: who takes part, and who acts for them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta

from contracts.listes import NatureDOrganisation, Role
from contracts.message import Message, Personnel
from contracts.partenaires.formes import Libelle


class OrganisationInscrite(Message, frozen=True):
    titre: ClassVar[str] = "OrganisationInscrite"
    organisation: UUID
    nom: Libelle
    nature: NatureDOrganisation
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
    nature: NatureDOrganisation
    emetteur: str
    sujet: str
    roles: tuple[Role, ...]
    le: date


class MembreRetire(Message, frozen=True):
    titre: ClassVar[str] = "MembreRetiré"
    membre: UUID
    organisation: UUID
    le: date


Event: TypeAlias = OrganisationInscrite | MembreInvite | MembreHabilite | MembreRetire
