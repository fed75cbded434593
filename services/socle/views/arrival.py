"""What a broker brings, and in which order it may be folded: stream by stream, without a gap, poison waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import structlog
from aiokafka import ConsumerRecord

from contracts.envelope import Enveloppe, EnveloppeIllisible, lire
from services.socle.base import telemetry
from services.socle.views.parking import DERRIERE, POISON, TROU, Parked

log = structlog.get_logger()

Records: TypeAlias = Sequence[ConsumerRecord[Any, Any]]
Place: TypeAlias = tuple[str, int]
"""A topic's partition."""

Facts: TypeAlias = dict[UUID, list[Parked]]
"""Facts by stream, each stream in the order of its versions."""


def place_of(record: ConsumerRecord[Any, Any]) -> Place:
    return record.topic, record.partition


class Arrival:
    """One message whose envelope could be read; its event is read only when something wants it."""

    __slots__ = ("enveloppe", "record")

    def __init__(self, record: ConsumerRecord[Any, Any]) -> None:
        self.record = record
        self.enveloppe: Enveloppe = lire(record.headers)

    @property
    def stream(self) -> UUID:
        return self.enveloppe.subject

    @property
    def version(self) -> int:
        return self.enveloppe.streamversion


def readable(records: Iterable[ConsumerRecord[Any, Any]], lecteur: str) -> list[Arrival]:
    """The messages that are facts. Nobody of ours sends others, and without a stream there is nothing to park behind:
    they are counted, logged and passed."""
    arrivals = []
    for record in records:
        try:
            arrivals.append(Arrival(record))
        except EnveloppeIllisible as error:
            telemetry.UNREADABLE.labels(lecteur).inc()
            log.error(
                "enveloppe_illisible", topic=record.topic, partition=record.partition, offset=record.offset,
                raison=str(error),
            )  # fmt: skip
    return arrivals


def in_order(
    arrivals: Iterable[Arrival],
    before: Mapping[UUID, int],
    parked: Mapping[UUID, Mapping[int, Parked]],
    again: bool = False,
    most: int | None = None,
) -> tuple[Facts, Facts]:
    """What can be folded now, stream by stream without a gap, and what has to wait.

    `before` is how far each stream has come: known versions are dropped. A stream parked as poison waits whole, unless
    `again` (a replay). `most`: how many facts of a stream are taken at once.
    """
    candidates: dict[UUID, dict[int, Parked]] = {stream: dict(facts) for stream, facts in parked.items()}
    for arrival in arrivals:
        if arrival.version > before.get(arrival.stream, 0):
            facts = candidates.setdefault(arrival.stream, {})
            facts.setdefault(arrival.version, Parked.of(arrival.record, arrival.enveloppe))
    queue: Facts = {}
    waiting: Facts = {}
    for stream, by_version in candidates.items():
        poisoned = not again and any(f.reason.startswith(POISON) for f in parked.get(stream, {}).values())
        next_ = before.get(stream, 0) + 1
        for version in sorted(by_version):
            fact = by_version[version]
            if version < next_:
                continue
            taken = len(queue.get(stream, ()))
            if version == next_ and not poisoned and taken != most:
                queue.setdefault(stream, []).append(fact)
                next_ += 1
            else:
                waiting.setdefault(stream, []).append(fact.because(_why(fact, poisoned, full=taken == most)))
    return queue, waiting


def _why(fact: Parked, poisoned: bool, full: bool) -> str:
    """Why a fact waits: what it already waits for, as long as its stream is poisoned."""
    if poisoned and fact.reason:
        return fact.reason
    return DERRIERE if poisoned or full else TROU
