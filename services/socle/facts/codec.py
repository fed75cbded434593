"""Bytes ↔ events, at one place: today's class for every shape an event ever had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, get_args

import msgspec

E = TypeVar("E")

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns version n of an event's JSON into version n+1. Pure, total, and never deleted."""


class EvenementIllisible(Exception):
    """The bytes are no event this service knows: the stream is parked, nothing is skipped."""


class Codec(Generic[E]):
    """Reads and writes the events of one service.

    `events` is a union of message classes; `upcasters` maps (type, version) to the step that leads to the next version.
    """

    def __init__(self, events: Any, upcasters: Mapping[tuple[str, int], Upcaster] | None = None) -> None:
        classes: tuple[Any, ...] = get_args(events) or (events,)
        self._classes = {cls.__name__: cls for cls in classes}
        self._decoders = {name: msgspec.json.Decoder(cls) for name, cls in self._classes.items()}
        self._encoder = msgspec.json.Encoder()
        self._upcasters = dict(upcasters or {})

    def knows(self, type_: str) -> bool:
        return type_ in self._classes

    def encode(self, event: E) -> bytes:
        return self._encoder.encode(event)

    def schema_version(self, event: E) -> int:
        return int(type(event).schema_version)  # type: ignore[attr-defined]  # every Message has it

    def decode(self, type_: str, schema_version: int, data: bytes) -> E:
        """Today's event; raises EvenementIllisible on an unknown type, a future version or bytes that do not fit."""
        decoder = self._decoders.get(type_)
        if decoder is None:
            raise EvenementIllisible(f"{type_} v{schema_version}: type inconnu")
        current = self._classes[type_].schema_version
        try:
            if schema_version == current:
                event: E = decoder.decode(data)
                return event
            old = msgspec.json.decode(data)
            for version in range(schema_version, current):
                old = self._upcasters[type_, version](old)
            upcast: E = msgspec.convert(old, self._classes[type_])
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            # The error's text may quote the value: a personal datum must not reach a log through it.
            raise EvenementIllisible(f"{type_} v{schema_version}: {type(error).__name__}") from None
        if schema_version > current:
            raise EvenementIllisible(f"{type_} v{schema_version}: plus récent que ce programme")
        return upcast
