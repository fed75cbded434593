"""Courrier: the inbox, and what the clock asked for in vain. One stream per dossier or convention."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta

from contracts.listes import ObjetDeMessage, Role
from contracts.message import Message

Nom: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_\-]{0,63}$")]
"""A name of the program's own (a task, the code of a refusal): no list of the domain holds it."""


class MessageAdresse(Message, frozen=True):
    """Somebody is told of something: one member, else those who hold `role`, else the whole organisation. `echeance` is
    the date it is about, `le` the day it became true."""

    titre: ClassVar[str] = "MessageAdressé"
    message: UUID
    dossier: UUID
    organisation: UUID
    role: Role | None
    membre: UUID | None
    objet: ObjetDeMessage
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


Event: TypeAlias = MessageAdresse | MessageLu | EcheanceSansSuite
