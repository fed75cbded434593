"""Given, when, then: all the vocabulary of the domain's tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter
from services.socle.facts.refusal import Refus

BAILLEUR, ASSOCIATION, FINANCEUR = UUID(int=0xB), UUID(int=0xA), UUID(int=0xF)


def acte(
    le: date,
    organisation: UUID = ASSOCIATION,
    *roles: str,
    membre: UUID = UUID(int=0x111),
    commande: UUID = UUID(int=0xC),
) -> Acte:
    """An act at noon, Paris time or so, on `le`."""
    instant = datetime(le.year, le.month, le.day, 11, tzinfo=UTC)
    return Acte(organisation, membre, frozenset(roles), instant, le, commande, UUID(int=0xCC))


@dataclass
class Decision:
    take: Callable[[], list[Any]]

    def alors(self, *expected: object) -> None:
        assert self.take() == list(expected)

    def rien(self) -> None:
        self.alors()

    def refus(self, motif: str) -> None:
        with pytest.raises(Refus) as refused:
            self.take()
        assert refused.value.motif == motif


@dataclass
class Situation:
    chapter: Chapter[Any, Any, Any, Any, Any]
    history: tuple[object, ...]

    def quand(self, command: object, circonstances: Acte) -> Decision:
        return Decision(lambda: self.chapter.decide(command, self.chapter.state(self.history), circonstances))


def etant_donne(chapter: Chapter[Any, Any, Any, Any, Any]) -> Callable[..., Situation]:
    return lambda *history: Situation(chapter, history)
