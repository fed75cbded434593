"""The events of the notifications service: what was said to whom, and what the funders' feeds are made of.

They stay inside Maillage, and hold nothing personal: identifiers, codes, dates and counts.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta

from contracts import flux
from contracts.message import Code, Message

Nom: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_\-]{0,63}$")]
"""A name of the program's own (a task, the code of a refusal): no list of the domain holds it."""

SANS_PSEUDONYME = "-" * 16
"""What stands for the pseudonym until a feed puts its own: a fact is coded once, and named once per funder and year."""


# The inbox: one stream per dossier or convention


class MessageAdresse(Message, frozen=True):
    """Somebody is told of something: one member, else those who hold `role`, else the whole organisation. `echeance` is
    the date it is about, `le` the day it became true."""

    titre: ClassVar[str] = "MessageAdressé"
    message: UUID
    dossier: UUID
    organisation: UUID
    role: Code | None
    membre: UUID | None
    objet: Code
    echeance: date | None
    le: date


class MessageLu(Message, frozen=True):
    """A member has read a message; for others it is still new."""

    titre: ClassVar[str] = "MessageLu"
    message: UUID
    membre: UUID
    le: date


class EcheanceSansSuite(Message, frozen=True):
    """The clock asked for `tache`, due on `le`, of the dossier or convention `suivi`, and nothing came of it: `raison` is the
    code of the refusal, or « deja_fait »."""

    titre: ClassVar[str] = "ÉchéanceSansSuite"
    suivi: UUID
    tache: Nom
    le: date
    raison: Nom


# The feeds: one stream per convention, whose versions are the feeds' positions


class FaitDeMenageCode(Message, frozen=True):
    """What a convention's funders may know of a fact of a household, without its pseudonym. `annee` is the civil year of
    the pseudonym it is published under."""

    titre: ClassVar[str] = "FaitDeMénageCodé"
    convention: UUID
    dossier: UUID
    annee: int
    fait: flux.FaitDeMenage


class FaitDeConventionCode(Message, frozen=True):
    """What a convention's funders may know of a fact of the convention itself."""

    titre: ClassVar[str] = "FaitDeConventionCodé"
    convention: UUID
    fait: flux.FaitDeConvention


Event: TypeAlias = MessageAdresse | MessageLu | EcheanceSansSuite | FaitDeMenageCode | FaitDeConventionCode
