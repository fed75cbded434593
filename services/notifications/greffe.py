"""What follows from the facts of the other services: messages to people, coded facts for funders, as facts of our own.

A reaction of the projector: they are appended in the transaction that takes note of their cause, so each cause has its
effect once, however often it is delivered. Rebuilding a view repeats none of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args
from uuid import UUID, uuid5

from msgspec import Struct
from uuid_utils.compat import uuid7

from contracts import dossiers as d
from contracts import flux
from contracts import notifications as n
from contracts import partenaires as p
from services.notifications.annonces import Suivi, messages
from services.notifications.chapitres.courrier import stream_du_courrier
from services.notifications.flux import stream_du_flux
from services.notifications.vues import suivis
from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.base.recorded import Recorded
from services.socle.facts.append import Fact, Part, Write, append_within
from services.socle.facts.codec import Codec
from services.socle.views.batch import FicheChange, Lot
from services.socle.views.projector import Concurrence
from services.socle.views.view import classes

CONVENTION = p.conventions.Event | p.financement.Event
REAGIT_A: tuple[type, ...] = (*classes(suivis.projection), *get_args(CONVENTION))


class Suite(Struct, frozen=True):
    """One of our facts and its cause."""

    stream: UUID
    event: n.Event
    cause: Recorded[Any]


class Greffe:
    """Appends what follows from each batch."""

    def __init__(self, codec: Codec[n.Event]) -> None:
        self._codec = codec

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        """Raises Concurrence when another copy appended to one of the streams meanwhile: the batch is taken again."""
        utiles = [fait for fait in faits if isinstance(fait.event, REAGIT_A)]
        suites = [
            suite for fait, avant, apres in await _suivre(connection, utiles) for suite in _suites(fait, avant, apres)
        ]
        if not suites:
            return
        par_stream: defaultdict[UUID, list[Suite]] = defaultdict(list)
        for suite in suites:
            par_stream[suite.stream].append(suite)
        tetes = await _tetes(connection, list(par_stream))
        writes = [self._write(stream, tetes.get(stream, 0), liste) for stream, liste in par_stream.items()]
        if not await append_within(connection, *writes):
            raise Concurrence
        point("reaction.ajoutee")

    def _write(self, stream: UUID, version: int, suites: Sequence[Suite]) -> Write:
        """One stream's new facts. Their command is named after the last cause: it could not be written twice."""
        facts = [
            Fact(uuid7(), type(s.event).__name__, self._codec.schema_version(s.event), self._codec.encode(s.event))
            for s in suites
        ]
        parties = frozenset(s.event.organisation for s in suites if isinstance(s.event, n.MessageAdresse))
        cause = suites[-1].cause
        return Write(
            [Part(stream, version, facts, parties)], cause.organisation, cause.auteur, uuid5(cause.id, stream.hex), b"",
            cause.instant, cause.correlation, cause.trace,
        )  # fmt: skip


async def _suivre(
    connection: Connection, faits: Sequence[Recorded[Any]]
) -> list[tuple[Recorded[Any], Suivi | None, Suivi | None]]:
    """Each fact with what was known of its dossier before and after it; None for what is no dossier of ours."""
    change = FicheChange(suivis.projection)
    await Lot([change]).load(connection, faits)
    pas = []
    for fait in faits:
        avant = change.row(fait.stream)
        change.keep(change.stage(fait))
        pas.append((fait, avant, change.row(fait.stream)))
    return pas


async def _tetes(connection: Connection, streams: Sequence[UUID]) -> Mapping[UUID, int]:
    rows = await connection.fetch(
        "SELECT stream_id, version FROM faits.streams WHERE stream_id = ANY($1)", list(streams)
    )
    return {row[0]: row[1] for row in rows}


def _suites(fait: Recorded[Any], avant: Suivi | None, apres: Suivi | None) -> Iterator[Suite]:
    if isinstance(fait.event, CONVENTION):
        if (code := flux.coder_convention(fait.event)) is not None:
            convention = fait.event.convention
            yield Suite(stream_du_flux(convention), n.FaitDeConventionCode(convention, code), fait)
        return
    if apres is None:
        return
    for message in messages(apres, fait):
        yield Suite(stream_du_courrier(fait.stream), message, fait)
    for code_de_menage in _codes(fait, avant, apres):
        yield Suite(stream_du_flux(code_de_menage.convention), code_de_menage, fait)


def _codes(fait: Recorded[Any], avant: Suivi | None, apres: Suivi) -> Iterator[n.FaitDeMenageCode]:
    """What the funders of the dossier's convention receive of `fait`.

    An erasure is told under every pseudonym the household ever had, of each convention and year: whoever holds something
    of it has to know.
    """
    event = fait.event
    code = flux.coder(event, n.SANS_PSEUDONYME)
    if code is None:
        return
    if isinstance(event, d.DonneesEffacees):
        if avant is not None and not avant["efface"]:
            for convention, annees in avant["publie"].items():
                for annee in annees:
                    yield n.FaitDeMenageCode(UUID(convention), fait.stream, annee, code)
    elif suivis.est_publie(apres, event):
        yield n.FaitDeMenageCode(apres["convention"], fait.stream, event.le.year, code)
