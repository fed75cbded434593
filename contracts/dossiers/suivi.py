"""Suivi: the reviews that were held, and those that were not."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from contracts.dossiers.formes import Constats, Note1a5
from contracts.listes import Theme
from contracts.message import Message, Personnel


class Score(Struct, frozen=True):
    theme: Theme
    score: Note1a5


class Progression(Struct, frozen=True):
    """How far an objective has come, in percent."""

    objectif: UUID
    avancement: Annotated[int, Meta(ge=0, le=100)]


class SuiviReevalue(Message, frozen=True):
    """A review was held. `echeance` is the due date it answers: None for an extra one, held long before the next is due.
    `prochaine_echeance` is None when the contract ends before another is due; `constats` says what becomes of it."""

    titre: ClassVar[str] = "SuiviRéévalué"
    numero: int
    echeance: date | None
    scores: tuple[Score, ...]
    progressions: tuple[Progression, ...]
    synthese: Personnel
    prochaine_echeance: date | None
    le: date
    constats: Constats | None = None


class ReevaluationEnRetard(Message, frozen=True):
    """The due date has passed by a day."""

    titre: ClassVar[str] = "RéévaluationEnRetard"
    echeance: date
    le: date


class ReevaluationEscaladee(Message, frozen=True):
    """Fifteen days late: the coordinator is told."""

    titre: ClassVar[str] = "RéévaluationEscaladée"
    echeance: date
    le: date


class ReevaluationManquee(Message, frozen=True):
    """The next due date (or the contract's end) has passed without the review being held: it is counted as missed and the
    next one runs (`constats`: what becomes of it), if the contract lasts until then."""

    titre: ClassVar[str] = "RéévaluationManquée"
    echeance: date
    prochaine_echeance: date | None
    le: date
    constats: Constats | None = None


Event: TypeAlias = SuiviReevalue | ReevaluationEnRetard | ReevaluationEscaladee | ReevaluationManquee
