"""The funder's reference client: reads one feed on Kafka, fact by fact, without a gap and without a repetition.

What a funder would write in its own language, in the order it matters: take the place where one stopped, drop what one
knows, notice that the broker is not the same any more, keep the place once the fact is safe. A fact's place in the feed
(`streamversion`) counts from 1 and means the same for ever; an offset is worth something only within one `epoque`.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from msgspec import Raw, Struct

from contracts.envelope import Enveloppe, EnveloppeIllisible, lot
from contracts.envelope import lire as lire_enveloppe
from deploy.terminal import Impossible, arret


class FluxIllisible(Impossible):
    """The feed cannot be read, or not without a gap; the message is a French sentence."""


class Position(Struct, frozen=True):
    """Where one stopped: the last fact known, the offset it had, and the epoch in which that offset means something."""

    sujet: str
    version: int = 0
    offset: int = 0
    epoque: str = ""


class Fait(Struct, frozen=True):
    """A fact of the feed, and the position to keep once it is safe."""

    enveloppe: Enveloppe
    data: bytes
    position: Position

    def json(self) -> str:
        """The CloudEvent in JSON, on one line."""
        return bytes(msgspec.json.decode(lot([(self.enveloppe, self.data)]), type=list[Raw])[0]).decode()


def connexion(
    kafka: str, utilisateur: str | None = None, mot_de_passe: str | None = None, ca: Path | None = None
) -> dict[str, Any]:
    """The arguments of an aiokafka client: without a user in clear, on one's own machine; with one over TLS."""
    if utilisateur is None:
        return {"bootstrap_servers": kafka}
    return {
        "bootstrap_servers": kafka,
        "security_protocol": "SASL_SSL",
        "ssl_context": ssl.create_default_context(cafile=str(ca) if ca else None),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": utilisateur,
        "sasl_plain_password": mot_de_passe or "",
    }


async def lire(
    sujet: str,
    kafka: str,
    utilisateur: str | None,
    mot_de_passe: str | None,
    position: Path | None,
    une_fois: bool,
    ca: Path | None = None,
) -> None:
    """Print each fact as a line of JSON, then keep its place in the file `position`. Until SIGTERM, or the feed's end."""
    lecture = asyncio.ensure_future(_ecrire(sujet, connexion(kafka, utilisateur, mot_de_passe, ca), position, une_fois))
    fin = asyncio.ensure_future(arret())
    try:
        await asyncio.wait([lecture, fin], return_when=asyncio.FIRST_COMPLETED)
    finally:
        fin.cancel()
        lecture.cancel()  # nothing is awaited between a line and its place: it never stops between the two
        await asyncio.gather(lecture, fin, return_exceptions=True)
    if not lecture.cancelled():
        lecture.result()


async def _ecrire(sujet: str, client: dict[str, Any], fichier: Path | None, une_fois: bool) -> None:
    async with aclosing(faits(client, reprendre(sujet, fichier), une_fois)) as flux:
        async for fait in flux:
            try:
                print(fait.json(), flush=True)
            except BrokenPipeError:  # the reader of our lines is gone, and has not read this one
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return
            if fichier:
                garder(fichier, fait.position)


def reprendre(sujet: str, fichier: Path | None) -> Position:
    """The position kept in `fichier`, the feed's beginning when there is none. Raises FluxIllisible."""
    if fichier is None or not fichier.exists():
        return Position(sujet)
    try:
        gardee = msgspec.json.decode(fichier.read_bytes(), type=Position)
    except msgspec.MsgspecError:
        raise FluxIllisible(f"{fichier} n'est pas une position de lecture : donnez un autre fichier.") from None
    if gardee.sujet != sujet:
        raise FluxIllisible(f"{fichier} est la position d'un autre flux, {gardee.sujet} : donnez un fichier par flux.")
    return gardee


def garder(fichier: Path, position: Position) -> None:
    """The file is replaced in one step: there is never half a position."""
    neuf = fichier.with_name(f".{fichier.name}.{os.getpid()}")
    neuf.write_bytes(msgspec.json.encode(position))
    os.replace(neuf, fichier)


async def faits(client: dict[str, Any], depuis: Position, une_fois: bool = False) -> AsyncGenerator[Fait, None]:
    """The feed's facts after `depuis`, each once and in order; waits for more unless `une_fois`. Raises FluxIllisible."""
    # No consumer group: the place is ours to keep, beside what we made of the facts.
    consumer = AIOKafkaConsumer(**client, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        if depuis.sujet not in await consumer.topics():
            raise FluxIllisible(f"Le flux {depuis.sujet} n'existe pas, ou ne vous est pas ouvert.")
        partition = TopicPartition(depuis.sujet, 0)  # the only one: one order for all the feed's facts
        consumer.assign([partition])
        async for fait in _suite(consumer, partition, depuis, une_fois):
            yield fait
    except KafkaError as error:
        raison = type(error).__name__
        raise FluxIllisible(f"Kafka ne répond pas, ou ne laisse pas lire {depuis.sujet} ({raison}).") from error
    finally:
        await consumer.stop()


async def _suite(
    consumer: AIOKafkaConsumer, partition: TopicPartition, depuis: Position, une_fois: bool
) -> AsyncGenerator[Fait, None]:
    """Begins with the last fact known: finding another in its place tells that the broker was wiped and filled again."""
    connue, epoque, manque = depuis.version, depuis.epoque, False
    relu = depuis.offset >= await _fin(consumer, partition)
    consumer.seek(partition, 0 if relu else depuis.offset)
    while True:
        if (une_fois or manque) and await consumer.position(partition) >= await _fin(consumer, partition):
            if manque:
                raise FluxIllisible(
                    f"Il manque le fait {connue + 1} de {partition.topic}, que Kafka ne garde plus : "
                    "le flux se relit par HTTP depuis son début."
                )
            return
        lus = await consumer.getmany(partition, timeout_ms=500)
        for record in lus.get(partition, []):
            enveloppe = _enveloppe(record)
            inattendu = enveloppe.streamversion > connue + 1
            if not relu and (inattendu or enveloppe.epoque != epoque):
                relu = True
                consumer.seek(partition, 0)
                break
            if enveloppe.streamversion == connue + 1:
                connue, epoque, relu, manque = enveloppe.streamversion, enveloppe.epoque, False, False
                yield Fait(enveloppe, record.value, Position(partition.topic, connue, record.offset, epoque))
            else:
                manque = manque or inattendu  # what is below is known; what is above waits for the one in between


async def _fin(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
    return int((await consumer.end_offsets([partition]))[partition])


def _enveloppe(record: ConsumerRecord[Any, Any]) -> Enveloppe:
    try:
        return lire_enveloppe(record.headers)
    except EnveloppeIllisible as error:
        raise FluxIllisible(f"Un message de {record.topic} n'est pas un fait du flux : {error}.") from error
