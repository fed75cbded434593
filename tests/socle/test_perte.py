"""No fact is ever missed: what a follower reads behind the fence, against a reader that trusts the sequence.

The naive reader is the one most event stores have; it is here to show that these tests would notice.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.roles import Acces
from services.socle.base.database import Connection, connect, pool
from services.socle.facts.append import APPEND, GroupCommit, UncertainWrite, _arguments, append_within
from services.socle.facts.store import FOLLOW, START, fence, follow
from tests.socle.tirelire import SERVICE, installer, part, vider, write

WRITERS, GROUPED, SECONDS = 12, 8, 2.5
Seen = list[tuple[UUID, int]]


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture
async def lecteur(base: Acces) -> AsyncIterator[Connection]:
    connection = await connect(base.dsn(SERVICE, "suite"))
    yield connection
    await connection.close()


class Fenced:
    """The store's own way."""

    def __init__(self, limit: int = 100) -> None:
        self.after, self.seen, self._limit = START, Seen(), limit

    async def look(self, connection: Connection) -> int:
        rows = await follow(connection, self.after, self._limit)
        self.seen += [(row.stream, row.version) for row in rows]
        if rows:
            self.after = (rows[-1].txid, rows[-1].pos)
        return len(rows)


class Naive:
    """Remembers the highest place it saw, and goes on from there."""

    def __init__(self) -> None:
        self.after, self.seen = 0, Seen()

    async def look(self, connection: Connection) -> int:
        rows = await connection.fetch(
            "SELECT pos, stream_id, version FROM faits.events WHERE pos > $1 ORDER BY pos LIMIT 100", self.after
        )
        self.seen += [(row[1], row[2]) for row in rows]
        if rows:
            self.after = rows[-1][0]
        return len(rows)


async def _ecrites(connection: Connection) -> set[tuple[UUID, int]]:
    return {(row[0], row[1]) for row in await connection.fetch("SELECT stream_id, version FROM faits.events")}


async def test_mille_ecritures_en_desordre_aucune_perdue(base: Acces, lecteur: Connection) -> None:
    await vider(base)
    seed = random.randrange(2**32)
    streams = [uuid4() for _ in range(10)]
    over = asyncio.Event()
    fenced, naive = Fenced(), Naive()

    async def suivre(reader: Fenced | Naive, connection: Connection) -> None:
        while True:
            last = over.is_set()
            if not await reader.look(connection) and last:
                return
            await asyncio.sleep(0.001)

    second = await connect(base.dsn(SERVICE, "suite"))
    followers = [asyncio.create_task(suivre(fenced, lecteur)), asyncio.create_task(suivre(naive, second))]
    async with pool(base.dsn(SERVICE, "ajout"), largest=4) as ajout, GroupCommit(ajout) as group:
        await asyncio.gather(
            *(_hesiter(base, lecteur, streams, random.Random(seed + n)) for n in range(WRITERS)),
            *(_grouper(group, streams, random.Random(seed - n)) for n in range(1, GROUPED)),
        )
    over.set()
    await asyncio.gather(*followers)
    await second.close()

    written = await _ecrites(lecteur)
    missed, missed_naively = written - set(fenced.seen), written - set(naive.seen)
    print(
        f"\n{len(written)} facts by {WRITERS + GROUPED} writers: missed behind the fence {len(missed)}, "
        f"naively {len(missed_naively)} (seed {seed})"
    )
    assert len(written) > 300
    assert not missed
    assert len(fenced.seen) == len(written)
    by_stream = defaultdict(list)
    for stream, version in fenced.seen:
        by_stream[stream].append(version)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in by_stream.values())
    assert missed_naively, f"the run did not provoke what it is about (seed {seed})"


async def _hesiter(base: Acces, lecteur: Connection, streams: list[UUID], chance: random.Random) -> None:
    """One writer with transactions of its own: it waits before committing, or changes its mind."""
    connection = await connect(base.dsn(SERVICE, "ajout"))
    until = asyncio.get_running_loop().time() + SECONDS
    while asyncio.get_running_loop().time() < until:
        stream = chance.choice([*streams, uuid4()])
        version = await connection.fetchval("SELECT version FROM faits.streams WHERE stream_id = $1", stream) or 0
        transaction = connection.transaction()
        await transaction.start()
        with suppress(asyncpg.UniqueViolationError):
            await append_within(connection, write(part(stream, version)))
        await asyncio.sleep(chance.choice([0, 0.001, 0.01, 0.05]) * chance.random())
        await (transaction.rollback() if chance.random() < 0.25 else transaction.commit())
    await connection.close()


async def _grouper(group: GroupCommit, streams: list[UUID], chance: random.Random) -> None:
    """One writer among those that share their commits."""
    until = asyncio.get_running_loop().time() + SECONDS
    mine, version = uuid4(), 0
    while asyncio.get_running_loop().time() < until:
        with suppress(UncertainWrite):
            version += await group.append(write(part(mine, version)))
        await asyncio.sleep(0.01 * chance.random())


async def test_un_fait_valide_apres_ses_suivants_n_est_pas_perdu(base: Acces, lecteur: Connection) -> None:
    await vider(base)
    lent, rapide = [await connect(base.dsn(SERVICE, "ajout")) for _ in range(2)]
    retarde, present = uuid4(), uuid4()
    fenced, naive = Fenced(), Naive()
    transaction = lent.transaction()
    await transaction.start()
    assert await append_within(lent, write(part(retarde, 0)))
    assert await _appended(rapide, lambda c: append_within(c, write(part(present, 0))))

    assert (await fenced.look(lecteur), await naive.look(lecteur)) == (0, 1)
    await transaction.commit()
    await fenced.look(lecteur)
    await naive.look(lecteur)

    assert fenced.seen == [(retarde, 1), (present, 1)]
    assert naive.seen == [(present, 1)]
    await lent.close()
    await rapide.close()


async def test_les_transactions_se_suivent_par_leur_nombre(base: Acces, lecteur: Connection) -> None:
    """As text, transaction 10 would come before transaction 9, and the reader would never go back for it."""
    await vider(base)
    stream = uuid4()
    ajout = await connect(base.dsn(SERVICE, "ajout"))
    await ajout.executemany(
        """INSERT INTO faits.events (txid, id, stream_id, version, type, schema_version, data, organisation, auteur, instant,
             correlation, causation)
           VALUES ($1::text::xid8, $3, $3, $2, 'Depot', 1, '', $3, $3, now(), $3, $3)""",
        [("8", 1, stream), ("9", 2, stream), ("10", 3, stream), ("99", 4, stream), ("100", 5, stream)],
    )
    fenced = Fenced(limit=2)
    while await fenced.look(lecteur):
        pass
    assert fenced.seen == [(stream, version) for version in range(1, 6)]
    assert (await fence(lecteur))[0] == "100"
    # Few rows are sorted; many are read in the index's order.
    await lecteur.execute("SET enable_sort = off; SET enable_bitmapscan = off")
    plan = "\n".join(row[0] for row in await lecteur.fetch(f"EXPLAIN {FOLLOW}", "0", 0, 100))
    assert "Sort" not in plan, plan
    await ajout.close()


async def test_une_annulation_ne_retient_personne(base: Acces, lecteur: Connection) -> None:
    await vider(base)
    connection = await connect(base.dsn(SERVICE, "ajout"))
    transaction = connection.transaction()
    await transaction.start()
    await append_within(connection, write(part(uuid4(), 0)))
    await transaction.rollback()
    stream = uuid4()
    assert await _appended(connection, lambda c: append_within(c, write(part(stream, 0))))
    fenced = Fenced()
    await fenced.look(lecteur)
    assert fenced.seen == [(stream, 1)]
    await connection.close()


async def test_une_transaction_qui_a_deja_ecrit_ne_peut_plus_ajouter(base: Acces, lecteur: Connection) -> None:
    """And why: an xid taken before the stream was read puts its second fact before its first."""
    await vider(base)
    tot, tard = [await connect(base.dsn(SERVICE, "ajout")) for _ in range(2)]
    stream = uuid4()
    transaction = tot.transaction()
    await transaction.start()
    await tot.execute("SELECT pg_current_xact_id()")  # any write takes one
    assert await _appended(tard, lambda c: append_within(c, write(part(stream, 0))))

    with pytest.raises(RuntimeError, match="first write"):
        await append_within(tot, write(part(stream, 1)))
    assert await tot.fetch(APPEND, *_arguments([write(part(stream, 1))]))
    await transaction.commit()

    fenced = Fenced()
    await fenced.look(lecteur)
    assert fenced.seen == [(stream, 2), (stream, 1)]
    await tot.close()
    await tard.close()


async def _appended(
    connection: asyncpg.Connection[asyncpg.Record],
    append: Callable[[asyncpg.Connection[asyncpg.Record]], Awaitable[bool]],
) -> bool:
    async with connection.transaction():
        return await append(connection)
