"""Sending facts to Kafka: the product's relay beside a bare aiokafka producer with the same bytes, keys and headers.

The relay reads the store behind its fence, makes each fact's envelope, sends, waits for every acknowledgement and moves
its cursor. The bare producer (idempotent, acks=all, same batching) has everything in memory before it starts. Both fill
a topic of their own on the same broker.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from bench.enfant import dans_une_boucle
from bench.magasin import remplir
from bench.mesure import Cible, Mesure, comparer
from bench.pair_kafka import produire
from bench.taille import Taille
from deploy.moteurs.sujets import creer_sujets
from services.socle.base.database import connect
from services.socle.delivery.relay import Relay
from services.socle.facts.store import fence

if TYPE_CHECKING:  # it brings the services along, and this module runs in a process of its own
    from bench.terrain import Terrain

PARTITIONS = 6


async def mesurer(terrain: Terrain, taille: Taille) -> list[Mesure]:
    ours: list[float] = []
    theirs: list[float] = []
    bootstrap = terrain.kafka.bootstrap
    async with terrain.bases("relais") as acces:
        await remplir(terrain.dsn_admin_de(acces.base("dossiers")), taille.vies)
        suite = acces.dsn("dossiers", "suite")
        for _ in range(taille.essais):
            await terrain.au_propre()
            topics = [f"banc-{uuid4().hex[:8]}" for _ in range(2)]
            creer_sujets(bootstrap, dict.fromkeys(topics, PARTITIONS))
            ours.append(await dans_une_boucle(relayer, suite, bootstrap, topics[0]))
            theirs.append(await dans_une_boucle(produire, suite, bootstrap, topics[1], PARTITIONS))
    return comparer(
        "relais", "faits/s", ours, "producteur aiokafka nu, idempotent, mêmes octets vers Kafka", theirs, Cible(0.5)
    )


async def relayer(suite: str, bootstrap: str, topic: str) -> float:
    """Facts a second, from the relay's first look at the store to the cursor's last move."""
    watch = await connect(suite)
    await watch.execute("DELETE FROM faits.curseurs")
    last = await fence(watch)
    facts = await watch.fetchval("SELECT count(*) FROM faits.events")
    relay = Relay("dossiers", suite, topic, lambda: {"bootstrap_servers": bootstrap})
    task = asyncio.create_task(relay.run())
    try:
        start = None
        while True:
            row = await watch.fetchrow("SELECT txid::text, pos FROM faits.curseurs")
            if start is None and row is not None:
                start = time.perf_counter()
            if start is not None and row is not None and (row[0], row[1]) == last:
                return float(facts / (time.perf_counter() - start))
            if task.done():
                task.result()
            await asyncio.sleep(0.005)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await watch.close()
