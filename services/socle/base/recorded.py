"""A fact as the store holds it: the event, and everything that is known about its being recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from msgspec import Struct

E = TypeVar("E")


class Recorded(Struct, Generic[E], frozen=True):
    """`event` still carries its personal data sealed (see keyring); `organisation` and `auteur` are who did it; `trace` is
    the traceparent of the command that made it, when that is followed."""

    id: UUID
    stream: UUID
    version: int
    event: E
    organisation: UUID
    auteur: UUID
    instant: datetime
    correlation: UUID
    trace: str | None = None
