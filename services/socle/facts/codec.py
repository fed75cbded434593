"""Bytes ↔ events of one service: which classes it knows. How an old shape is read, contracts.versions says."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, get_args

import msgspec

from contracts.versions import UPCASTERS, Etapes, VersionIllisible, relire

E = TypeVar("E")


class EvenementIllisible(Exception):
    """The bytes are no event this service knows: the stream is parked, nothing is skipped."""


class Codec(Generic[E]):
    """Reads and writes the events of one service. `events` is a union of message classes."""

    def __init__(self, events: Any, upcasters: Etapes = UPCASTERS) -> None:
        classes: tuple[Any, ...] = get_args(events) or (events,)
        self._classes = {cls.__name__: cls for cls in classes}
        self._encoder = msgspec.json.Encoder()
        self._upcasters = upcasters

    def knows(self, type_: str) -> bool:
        return type_ in self._classes

    def encode(self, event: E) -> bytes:
        return self._encoder.encode(event)

    def schema_version(self, event: E) -> int:
        return int(type(event).schema_version)  # type: ignore[attr-defined]  # every Message has it

    def decode(self, type_: str, schema_version: int, data: bytes) -> E:
        """Today's event; raises EvenementIllisible on an unknown type, a future version or bytes that do not fit."""
        cls = self._classes.get(type_)
        if cls is None:
            raise EvenementIllisible(f"{type_} v{schema_version}: type inconnu")
        try:
            event: E = relire(data, cls, schema_version, self._upcasters)
        except VersionIllisible as error:
            # Its whole text may quote the value: a personal datum must not reach a log through it.
            raise EvenementIllisible(f"{type_} v{schema_version}: {error.raison}") from None
        return event
