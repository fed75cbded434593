"""From the store over a broker into the views, as a service's worker does it; and what lies on the broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.envelope import lire
from deploy.roles import Acces
from services.socle.base.database import connect, pool
from services.socle.base.settings import Settings
from services.socle.delivery import kafka
from services.socle.delivery.relay import Relay
from services.socle.facts.append import GroupCommit
from services.socle.rebuild import Rebuild, fingerprint
from services.socle.views.follower import Follower
from services.socle.views.projector import Projector, Reaction
from tests.socle.tirelire import CODEC, SERVICE, VUES, Depot, part, write


@asynccontextmanager
async def en_fond(coroutine: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Run beside the block, cancelled at its end; what it died of is raised."""
    task = asyncio.ensure_future(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def relais(base: Acces, bootstrap: str, sujet: str, largest: int = 2000) -> Relay:
    return Relay(SERVICE, base.dsn(SERVICE, "suite"), sujet, lambda: {"bootstrap_servers": bootstrap}, largest)


@asynccontextmanager
async def projection(
    base: Acces, bootstrap: str, sujet: str, lecteur: str = "lecteur", reactions: Sequence[Reaction] = ()
) -> AsyncIterator[Follower]:
    """A projector behind FastStream's subscriber, until the end of the block."""
    settings = Settings(
        mode="local", postgres=f"postgresql://{base.serveur}", postgres_secrets=base.secrets, kafka=bootstrap,
        emetteurs=(), cle_maitre=Path("aucune"),
    )  # fmt: skip
    async with pool(base.dsn(SERVICE, "suite"), largest=4) as suite:
        follower = Follower(Projector(lecteur, suite, {sujet: CODEC}, VUES, reactions))
        async with en_fond(follower.run(lambda: kafka.broker(settings))):
            yield follower


class Ecrivains:
    """Deposits into many boxes for as long as the block lasts; `faits` counts what was committed."""

    def __init__(self, base: Acces, combien: int = 6, pause: float = 0.005) -> None:
        self._base, self._combien, self._pause = base, combien, pause
        self.versions: dict[UUID, int] = {}

    @property
    def faits(self) -> int:
        return sum(self.versions.values())

    @asynccontextmanager
    async def ecrivant(self) -> AsyncIterator[None]:
        fini = asyncio.Event()
        async with pool(self._base.dsn(SERVICE, "ajout"), largest=4) as ajout, GroupCommit(ajout) as group:
            tasks = [asyncio.create_task(self._ecrire(group, n, fini)) for n in range(self._combien)]
            try:
                yield
            finally:
                fini.set()
                await asyncio.gather(*tasks)

    async def ecrire(self, fois: int) -> None:
        async with pool(self._base.dsn(SERVICE, "ajout"), largest=4) as ajout, GroupCommit(ajout) as group:
            await asyncio.gather(*(self._une(group, UUID(int=n + 1), fois) for n in range(self._combien)))

    async def _ecrire(self, group: GroupCommit, n: int, fini: asyncio.Event) -> None:
        while not fini.is_set():
            await self._une(group, UUID(int=n * 7 + 1 + self.faits % 3), 1)
            await asyncio.sleep(self._pause)

    async def _une(self, group: GroupCommit, stream: UUID, fois: int) -> None:
        for _ in range(fois):
            version = self.versions.get(stream, 0)
            events = (Depot(version), Depot(1))
            assert await group.append(write(part(stream, version, *events)))
            self.versions[stream] = version + len(events)


async def lire_sujet(bootstrap: str, sujet: str) -> list[ConsumerRecord[Any, Any]]:
    """All the topic holds, partition after partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, max_poll_records=5000
    )
    await consumer.start()
    try:
        numbers = await consumer._client._wait_on_metadata(sujet)
        places = [TopicPartition(sujet, n) for n in sorted(numbers)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        found: list[ConsumerRecord[Any, Any]] = []
        while any([await consumer.position(p) < ends[p] for p in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return sorted(found, key=lambda r: (r.partition, r.offset))
    finally:
        await consumer.stop()


def premieres(records: Sequence[ConsumerRecord[Any, Any]]) -> dict[UUID, list[int]]:
    """The versions of each stream in the order a reader meets them first."""
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    for record in records:
        with contextlib.suppress(ValueError):  # a message of nobody's
            envelope = lire(record.headers)
            if envelope.streamversion not in found[envelope.subject]:
                found[envelope.subject].append(envelope.streamversion)
    return dict(found)


def complet(records: Sequence[ConsumerRecord[Any, Any]], versions: dict[UUID, int]) -> None:
    """Nothing lost, nothing misplaced."""
    met = premieres(records)
    wrong = {stream: met.get(stream) for stream, last in versions.items() if met.get(stream) != [*range(1, last + 1)]}
    assert not wrong
    assert met.keys() == versions.keys()


def epoques(records: Sequence[ConsumerRecord[Any, Any]]) -> list[str]:
    """In the order of their first message."""
    names = [v.decode() for r in records for n, v in r.headers if n == "ce_epoque"]
    return list(dict.fromkeys(names))


async def attendre_vues(base: Acces, versions: dict[UUID, int], lecteur: str = "lecteur", delai: float = 40.0) -> None:
    """Until the reader has come to the end of every stream."""
    connection = await connect(base.dsn(SERVICE, "suite"))
    deadline = asyncio.get_running_loop().time() + delai
    try:
        while True:
            rows = await connection.fetch(
                "SELECT stream_id, version FROM faits.positions WHERE lecteur = $1 AND version > 0", lecteur
            )
            reached = {row[0]: row[1] for row in rows}
            if reached == versions:
                return
            if asyncio.get_running_loop().time() > deadline:
                behind = {str(s): (reached.get(s), v) for s, v in versions.items() if reached.get(s) != v}
                raise AssertionError(f"not there after {delai} s: {behind}")
            await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def attendre_relais(base: Acces, delai: float = 40.0) -> str:
    """Until the relay's cursor is at the end of the store; answers its epoch."""
    connection = await connect(base.dsn(SERVICE, "suite"))
    deadline = asyncio.get_running_loop().time() + delai
    try:
        while True:
            # The last in the relay's order: of two under way together, the older transaction may have the newer `pos`.
            last = await connection.fetchrow("SELECT txid, pos FROM faits.events ORDER BY txid DESC, pos DESC LIMIT 1")
            row = await connection.fetchrow("SELECT epoque, txid, pos FROM faits.curseurs")
            if row and last and row["epoque"] and (row["txid"], row["pos"]) == (last["txid"], last["pos"]):
                return str(row["epoque"])
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"the relay is not there after {delai} s: {row}, {last}")
            await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def verifier_vues(base: Acces) -> None:
    """The views are what a rebuild makes of the store, and nothing waits."""
    owner, reader, writer = [await connect(base.dsn(SERVICE, f)) for f in ("proprietaire", "suite", "suite")]
    try:
        assert await reader.fetchval("SELECT count(*) FROM faits.garage") == 0
        for vue in VUES:
            avant = await fingerprint(reader, vue)
            bilan = await Rebuild(SERVICE, vue, CODEC, "lecteur").run(owner, reader, writer)
            assert (bilan.lignes, bilan.empreinte, bilan.differences) == (*avant, 0), vue.name
    finally:
        for connection in (owner, reader, writer):
            await connection.close()


async def tuer_connexion(admin: str, base: Acces, verrou: str) -> int:
    """Terminate whoever holds an advisory lock; answers how many did."""
    connection = await asyncpg.connect(admin.rsplit("/", 1)[0] + f"/{base.base(SERVICE)}")
    try:
        killed = await connection.fetch(
            """SELECT pg_terminate_backend(pid) FROM pg_locks
               WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = $1)
                 AND (classid::bigint << 32 | objid::bigint) = hashtextextended($2, 0)""",
            base.base(SERVICE), verrou,
        )  # fmt: skip
        return len(killed)
    finally:
        await connection.close()
