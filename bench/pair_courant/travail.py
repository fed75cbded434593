"""The worker: what the outbox holds goes to Kafka, what Kafka brings goes into the view.

`python -m bench.pair_courant.travail`, until SIGTERM.
"""

from __future__ import annotations

import asyncio
import os

import uvloop
from aiokafka import AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bench.pair_courant.evenement import MenageOriente
from bench.pair_courant.tables import Envoi, Portefeuille, sessions

PAR_LOT = 100
ATTENTE, REPOS = 0.005, 0.1
"""Seconds between two looks at an empty outbox: at first, and after it has stayed empty for a while."""

KAFKA, SUJET = os.environ["PAIR_KAFKA"], os.environ["PAIR_SUJET"]
_sessions = sessions()
broker = KafkaBroker(KAFKA, logger=None)


@broker.subscriber(SUJET, group_id=f"{SUJET}.vue", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)
async def projeter(event: MenageOriente) -> None:
    """The row as the event says, unless it is there already."""
    row = event.model_dump(exclude={"le"}) | {"etape": "orientee", "etape_depuis": event.le}
    ajout = insert(Portefeuille).values(row)
    async with _sessions.begin() as session:
        await session.execute(
            ajout.on_conflict_do_update(
                index_elements=[Portefeuille.dossier],
                set_={nom: ajout.excluded[nom] for nom in row if nom != "dossier"},
                where=Portefeuille.version < ajout.excluded.version,
            )
        )


async def relayer(les_sessions: async_sessionmaker[AsyncSession], producer: AIOKafkaProducer) -> None:
    """Without end."""
    attente = ATTENTE
    while True:
        if await _un_lot(les_sessions, producer):
            attente = ATTENTE
        else:
            await asyncio.sleep(attente)
            attente = min(attente * 1.5, REPOS)


async def _un_lot(les_sessions: async_sessionmaker[AsyncSession], producer: AIOKafkaProducer) -> int:
    """How many were sent: acknowledged by Kafka, then deleted."""
    async with les_sessions.begin() as session:
        query = select(Envoi).order_by(Envoi.id).limit(PAR_LOT).with_for_update(skip_locked=True)
        envois = (await session.scalars(query)).all()
        if envois:
            headers = [("content-type", b"application/json")]
            sent = [await producer.send(SUJET, e.corps.encode(), key=e.cle.encode(), headers=headers) for e in envois]
            await asyncio.gather(*sent)
            await session.execute(delete(Envoi).where(Envoi.id.in_([e.id for e in envois])))
    return len(envois)


async def main() -> None:
    producer = AIOKafkaProducer(bootstrap_servers=KAFKA, acks="all", enable_idempotence=True)
    async with producer, broker:
        await broker.start()
        await relayer(_sessions, producer)


if __name__ == "__main__":
    uvloop.run(main())
