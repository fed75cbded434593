"""The feeds on Kafka: `flux.{financeur}.{convention}`, one partition each, every fact in its place.

A feed is made from the store as it is sent; what is kept per feed is a cursor, which moves after the acknowledgement. So
a funder who joins later gets the whole history, one who leaves the plan gets no more, and a broker that lost its data is
filled again from the first fact, under a new epoch. Whoever reads drops what it knows by the fact's place in the feed.

One copy sends. A fact's Kafka timestamp is its envelope's time: the moment of sending would tell the day and the hour of
what is published by the week.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, assert_never
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec import Struct

from contracts.envelope import en_tetes
from contracts.notifications import (
    EcheanceSansSuite,
    Event,
    FaitDeConventionCode,
    FaitDeMenageCode,
    MessageAdresse,
    MessageLu,
)
from services.notifications.flux import FINANCEURS, FaitCode, nommer, stream_du_flux, sujet
from services.notifications.pseudonymes import Lecteur
from services.notifications.sujets import assurer
from services.socle.base.database import Connection
from services.socle.base.points import point
from services.socle.base.settings import Settings
from services.socle.delivery import kafka
from services.socle.delivery.cursor import (
    DELIVERY,
    AutreVie,
    Cursor,
    forget,
    producer,
    reaches,
    resume,
    save,
    stop,
    verifier,
)
from services.socle.delivery.leader import lead_always
from services.socle.facts.codec import Codec
from services.socle.keys.keyring import Trousseau
from services.socle.service import Atelier

log = structlog.get_logger()

LOT = 500
BUSY, IDLE = 0.02, 0.25
"""Seconds between two looks at the conventions: while facts come, and at most when none do."""

WATCH = 5.0
"""Seconds between two looks at whether the broker still holds what it took."""

LECTEURS = """
SELECT f.financeur, c.convention, c.pluriannuel
  FROM vues.conventions c, unnest(c.financeurs) AS f(financeur), vues.organisations o
 WHERE c.pluriannuel IS NOT NULL AND o.organisation = f.financeur AND o.nature = ANY ($1)
 ORDER BY c.convention, f.financeur"""


class Feed(Struct):
    """A feed we send, and how far it has come."""

    lecteur: Lecteur
    topic: str
    cursor: Cursor

    @property
    def position(self) -> int:
        return self.cursor.after[1]


class Diffuseur:
    """Sends the feeds while it leads (`mener`)."""

    def __init__(self, settings: Settings, trousseau: Trousseau, codec: Codec[Event]) -> None:
        self._settings, self._trousseau, self._codec = settings, trousseau, codec
        self._feeds: dict[str, Feed] = {}

    async def mener(self, connection: Connection) -> None:
        """Until cancelled, or the lead is lost."""
        sending, looking = producer(self._client), verifier(self._client)
        self._feeds.clear()
        try:
            await looking.start()
            await sending.start()
            await self._aller(connection, sending, looking)
        finally:
            await stop(sending, looking)

    def _client(self) -> dict[str, Any]:
        return kafka.client(self._settings)

    async def _aller(self, connection: Connection, sending: AIOKafkaProducer, looking: AIOKafkaConsumer) -> None:
        pause, watched = BUSY, time.monotonic()
        while True:
            if time.monotonic() - watched > WATCH:
                await self._veiller(connection, looking)
                watched = time.monotonic()
            envoyes = [
                await self._envoyer(connection, sending, feed) for feed in await self._en_retard(connection, looking)
            ]
            pause = BUSY if envoyes else min(pause * 1.5, IDLE)
            await asyncio.sleep(pause)

    async def _en_retard(self, connection: Connection, looking: AIOKafkaConsumer) -> list[Feed]:
        """The feeds that have facts to be sent, those of funders who just joined included."""
        lecteurs = [Lecteur(*row) for row in await connection.fetch(LECTEURS, sorted(FINANCEURS))]
        tetes = await _tetes(connection, {lecteur.convention for lecteur in lecteurs})
        feeds = [await self._feed(connection, looking, le) for le in lecteurs if tetes.get(le.convention, 0)]
        return [feed for feed in feeds if feed.position < tetes[feed.lecteur.convention]]

    async def _feed(self, connection: Connection, looking: AIOKafkaConsumer, lecteur: Lecteur) -> Feed:
        topic = sujet(lecteur.financeur, lecteur.convention)
        if topic not in self._feeds:
            await assurer(topic, self._settings)
            self._feeds[topic] = Feed(lecteur, topic, await resume(connection, looking, topic, topic))
        return self._feeds[topic]

    async def _veiller(self, connection: Connection, looking: AIOKafkaConsumer) -> None:
        """A broker that loses its data while there is nothing to send would keep the readers waiting until there is."""
        feeds = {place: feed for feed in self._feeds.values() for place in feed.cursor.places(feed.topic)}
        witnesses = {place: feed.cursor.places(feed.topic)[place] for place, feed in feeds.items()}
        for place in witnesses.keys() - await reaches(looking, witnesses):
            await forget(connection, feeds.pop(place).topic)
        if len(feeds) < len(witnesses):
            raise AutreVie

    async def _envoyer(self, connection: Connection, sending: AIOKafkaProducer, feed: Feed) -> int:
        """Send the next facts of a feed; answers how many."""
        faits = await self._faits(connection, feed.lecteur.convention, feed.position)
        nommes = await nommer(self._trousseau, feed.lecteur, faits, feed.cursor.epoque)
        async with asyncio.timeout(DELIVERY):
            # One after the other: each send must be queued before the next, or the feed's order is lost.
            sent = [
                await sending.send(
                    feed.topic, data, key=enveloppe.partitionkey.encode(), partition=0, headers=en_tetes(enveloppe),
                    timestamp_ms=int(enveloppe.time.timestamp() * 1000),
                )
                for enveloppe, data in nommes
            ]  # fmt: skip
            acknowledged = await asyncio.gather(*sent)
        point("flux.envoye")
        if not feed.cursor.note([enveloppe.id for enveloppe, _ in nommes], acknowledged):
            await forget(connection, feed.topic)
            raise AutreVie
        feed.cursor.after = ("0", faits[-1].position)
        await save(connection, feed.topic, feed.cursor)
        point("flux.curseur")
        return len(faits)

    async def _faits(self, connection: Connection, convention: UUID, position: int) -> Sequence[FaitCode]:
        """What follows `position`. A stream's versions are committed in their order: no fence is needed for one stream."""
        rows = await connection.fetch(
            """SELECT version, type, schema_version, data FROM faits.events
                WHERE stream_id = $1 AND version > $2 ORDER BY version LIMIT $3""",
            stream_du_flux(convention), position, LOT,
        )  # fmt: skip
        return [
            _code(row["version"], self._codec.decode(row["type"], row["schema_version"], row["data"])) for row in rows
        ]


def _code(position: int, event: Event) -> FaitCode:
    match event:
        case FaitDeMenageCode(dossier=dossier, annee=annee, fait=fait):
            return FaitCode(position, dossier, annee, fait)
        case FaitDeConventionCode(fait=fait_de_convention):
            return FaitCode(position, None, None, fait_de_convention)
        case MessageAdresse() | MessageLu() | EcheanceSansSuite():
            raise TypeError(f"{type(event).__name__} is no coded fact")
        case other:
            assert_never(other)


async def _tetes(connection: Connection, conventions: set[UUID]) -> Mapping[UUID, int]:
    """How many facts each convention's stream holds."""
    streams = {stream_du_flux(convention): convention for convention in conventions}
    rows = await connection.fetch(
        "SELECT stream_id, version FROM faits.streams WHERE stream_id = ANY($1)", list(streams)
    )
    return {streams[row["stream_id"]]: row["version"] for row in rows}


async def diffuser(atelier: Atelier, codec: Codec[Event]) -> None:
    """Send the feeds until cancelled; several copies may run, one works."""
    diffuseur = Diffuseur(atelier.settings, atelier.trousseau, codec)
    await lead_always(atelier.settings.dsn("notifications", "suite"), "diffuseur:notifications", diffuseur.mener)
