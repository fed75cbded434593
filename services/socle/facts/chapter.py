"""A chapter decides about one part of a stream, and reads only the events it needs for that.

A dossier lives for years and knows sixty kinds of events. One state for all of them would be everybody's and nobody's;
one stream per chapter would let two chapters contradict each other. So: one stream, one version, many small readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, cast, get_args

from services.socle.facts.act import Acte

C = TypeVar("C")
S = TypeVar("S")
R = TypeVar("R")
E = TypeVar("E")


class Refus(Exception):
    """The rules say no. `motif` is a stable code the API and the tests read; `details` are facts (ids, dates, counts) that
    help the person act on it, never a personal datum."""

    def __init__(self, motif: str, **details: object) -> None:
        super().__init__(motif)
        self.motif = motif
        self.details = details


class Chapter(Generic[C, S, R, E]):
    """`decide` and `evolve` are plain functions; this only knows which events `evolve` reads."""

    def __init__(
        self,
        reads: Any,  # a union of event classes: typing has no name for that
        initial: S,
        evolve: Callable[[S, R], S],
        decide: Callable[[C, S, Acte], list[E]],
    ) -> None:
        self.reads: tuple[type, ...] = get_args(reads) or (reads,)
        self.initial, self.evolve, self.decide = initial, evolve, decide

    def state(self, history: Iterable[object]) -> S:
        """What the chapter knows after `history`; events it does not read are passed over."""
        state = self.initial
        for event in history:
            if isinstance(event, self.reads):
                state = self.evolve(state, cast(R, event))
        return state
