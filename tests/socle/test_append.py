"""The statement that writes facts, and the batches it comes in: who wins, who loses alone, and what is left behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from deploy.roles import Acces
from services.socle.base.database import Connection, connect, pool
from services.socle.facts.append import APPEND, GroupCommit, UncertainWrite, Write, _arguments, append_within
from services.socle.facts.store import Known, Store
from tests.socle.tirelire import CODEC, ORGANISATION, SERVICE, Vidage, installer, part, write


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture(scope="module")
async def lecteur(base: Acces) -> AsyncIterator[Connection]:
    connection = await connect(base.dsn(SERVICE, "suite"))
    yield connection
    await connection.close()


@pytest.fixture
async def ajout(base: Acces) -> AsyncIterator[asyncpg.Pool[Any]]:
    async with pool(base.dsn(SERVICE, "ajout"), largest=4) as connections:
        yield connections


@pytest.fixture
async def group(ajout: asyncpg.Pool[Any]) -> AsyncIterator[GroupCommit]:
    """One lane: what is asked in one moment is one batch."""
    async with GroupCommit(ajout, lanes=1) as one:
        yield one


async def _versions(lecteur: Connection, *streams: UUID) -> list[list[int]]:
    """The versions of the facts of each stream, checked against the stream's head."""
    found = []
    for stream in streams:
        rows = await lecteur.fetch("SELECT version FROM faits.events WHERE stream_id = $1 ORDER BY version", stream)
        head = await lecteur.fetchval("SELECT version FROM faits.streams WHERE stream_id = $1", stream)
        assert head == (len(rows) or None)
        found.append([row[0] for row in rows])
    return found


async def _ensemble(group: GroupCommit, *writes: Write) -> list[bool | BaseException]:
    return await asyncio.gather(*(group.append(w) for w in writes), return_exceptions=True)


# Neighbours


async def test_un_conflit_ne_coute_rien_a_ses_voisins(group: GroupCommit, lecteur: Connection) -> None:
    ancien, *neufs = (uuid4() for _ in range(5))
    assert await group.append(write(part(ancien, 0)))
    answers = await _ensemble(
        group,
        write(part(neufs[0], 0)),
        write(part(ancien, 0)),  # it exists already
        write(part(neufs[1], 3)),  # it does not exist
        write(part(neufs[2], 0)),
        write(part(neufs[3], 0)),
    )
    assert answers == [True, False, False, True, True]
    assert await _versions(lecteur, ancien, *neufs) == [[1], [1], [], [1], [1]]


async def test_un_numero_de_commande_deja_pris_ne_coute_rien_a_ses_voisins(
    group: GroupCommit, lecteur: Connection
) -> None:
    streams, commande = [uuid4() for _ in range(4)], uuid4()
    answers = await _ensemble(
        group,
        write(part(streams[0], 0)),
        write(part(streams[1], 0), command=commande),
        write(part(streams[2], 0), command=commande),
        write(part(streams[3], 0)),
    )
    assert answers == [True, True, False, True]
    assert await _versions(lecteur, *streams) == [[1], [1], [], [1]]


async def test_le_meme_numero_sert_a_deux_organisations(group: GroupCommit, lecteur: Connection) -> None:
    un, autre, commande = uuid4(), uuid4(), uuid4()
    theirs = replace(write(part(autre, 0), command=commande), organisation=uuid4())
    assert await _ensemble(group, write(part(un, 0), command=commande), theirs) == [True, True]


async def test_ce_que_la_base_refuse_ne_coute_rien_a_ses_voisins(group: GroupCommit, lecteur: Connection) -> None:
    streams = [uuid4() for _ in range(4)]
    nul = replace(write(part(streams[1], 0)), trace="\x00")
    sans_auteur = replace(write(part(streams[2], 0)), author=None)
    answers = await _ensemble(group, write(part(streams[0], 0)), nul, sans_auteur, write(part(streams[3], 0)))
    assert [answers[0], answers[3]] == [True, True]
    assert isinstance(answers[1], asyncpg.PostgresError)
    assert isinstance(answers[2], asyncpg.NotNullViolationError)
    assert await _versions(lecteur, *streams) == [[1], [], [], [1]]


async def test_un_flux_n_est_que_dans_un_lot_a_la_fois(ajout: asyncpg.Pool[Any], lecteur: Connection) -> None:
    """The second of two appends to one stream waits for the first, and finds it committed."""
    stream, ailleurs = uuid4(), uuid4()
    async with GroupCommit(ajout, lanes=3) as group:
        answers = await _ensemble(group, *(write(part(stream, n)) for n in range(6)), write(part(ailleurs, 0)))
    assert answers == [True] * 7
    assert await _versions(lecteur, stream) == [[1, 2, 3, 4, 5, 6]]


# Several streams at once


@pytest.mark.parametrize("rang", [0, 1])
async def test_plusieurs_flux_tout_ou_rien(group: GroupCommit, lecteur: Connection, rang: int) -> None:
    ancien, neuf, commande = uuid4(), uuid4(), uuid4()
    assert await group.append(write(part(ancien, 0)))
    parts = [part(neuf, 0), part(ancien, 2)]  # nobody is at version 2
    assert not await group.append(write(*parts[rang:], *parts[:rang], command=commande))
    assert await _versions(lecteur, ancien, neuf) == [[1], []]
    assert await group.append(write(part(neuf, 0), part(ancien, 1), command=commande))
    assert await _versions(lecteur, ancien, neuf) == [[1, 2], [1]]


async def test_une_naissance_perdue_n_avance_pas_l_autre_flux(group: GroupCommit, lecteur: Connection) -> None:
    ancien, deja_la = uuid4(), uuid4()
    assert await _ensemble(group, write(part(ancien, 0)), write(part(deja_la, 0))) == [True, True]
    assert not await group.append(write(part(ancien, 1), part(deja_la, 0)))
    assert await _versions(lecteur, ancien, deja_la) == [[1], [1]]


async def test_une_ecriture_ne_fait_naitre_qu_un_flux() -> None:
    with pytest.raises(ValueError, match="makes one stream"):
        write(part(uuid4(), 0), part(uuid4(), 0))
    stream = uuid4()
    with pytest.raises(ValueError, match="once"):
        write(part(stream, 1), part(stream, 2))


async def test_ne_rien_faire_dans_un_flux_absent_ne_le_fait_pas_naitre(group: GroupCommit, lecteur: Connection) -> None:
    absent, present = uuid4(), uuid4()
    assert await group.append(write(part(present, 0)))
    assert await group.append(write(part(present, 1), replace(part(absent, 0), facts=())))
    assert await _versions(lecteur, present, absent) == [[1, 2], []]
    assert await group.append(write(part(absent, 0)))
    assert await _versions(lecteur, absent) == [[1]]


async def test_ne_rien_faire_dans_un_flux_present_verifie_sa_version(group: GroupCommit, lecteur: Connection) -> None:
    un, autre = uuid4(), uuid4()
    assert await _ensemble(group, write(part(un, 0)), write(part(autre, 0))) == [True, True]
    assert not await group.append(write(part(un, 1), replace(part(autre, 7), facts=())))
    assert await group.append(write(part(un, 1), replace(part(autre, 1), facts=())))
    assert await _versions(lecteur, un, autre) == [[1, 2], [1]]


async def test_des_ecritures_croisees_ne_s_attendent_pas_l_une_l_autre(base: Acces, lecteur: Connection) -> None:
    """Two processes write to overlapping streams in any order: nobody deadlocks, each command is whole or absent."""
    streams = [uuid4() for _ in range(6)]
    chance = random.Random(7)

    async def ecrivain(group: GroupCommit, connection: Connection) -> list[UUID]:
        won = []
        for _ in range(60):
            deux = chance.sample(streams, 2)
            heads = {s: await _head(connection, s) for s in deux}
            if all(v == 0 for v in heads.values()):
                deux = deux[:1]
            commande = uuid4()
            if await group.append(write(*(part(s, heads[s]) for s in deux), command=commande)):
                won.append(commande)
        return won

    async with (
        pool(base.dsn(SERVICE, "ajout"), largest=8) as one,
        pool(base.dsn(SERVICE, "ajout"), largest=8) as two,
        GroupCommit(one) as first,
        GroupCommit(two) as second,
    ):
        runs = await asyncio.gather(*(ecrivain(g, p) for g, p in [(first, one), (second, two)] * 3))  # type: ignore[arg-type]  # a pool answers fetchval as a connection does
    won = {commande for run in runs for commande in run}
    effects = await lecteur.fetch(
        "SELECT causation, count(*) FROM faits.events WHERE stream_id = ANY($1) GROUP BY 1", streams
    )
    assert {row[0] for row in effects} == won
    assert len(won) > 60
    await _versions(lecteur, *streams)


async def _head(connection: Connection, stream: UUID) -> int:
    return await connection.fetchval("SELECT version FROM faits.streams WHERE stream_id = $1", stream) or 0


async def test_les_parties_d_un_flux_s_ajoutent(group: GroupCommit, base: Acces, lecteur: Connection) -> None:
    stream, autre = uuid4(), uuid4()
    await group.append(write(part(stream, 0)))
    await group.append(write(replace(part(stream, 1), organisations=frozenset({autre}))))
    await group.append(write(replace(part(stream, 2), organisations=frozenset())))
    parties = await lecteur.fetchval("SELECT organisations FROM faits.streams WHERE stream_id = $1", stream)
    assert set(parties) == {ORGANISATION, autre}


# What is remembered and counted


async def test_une_commande_se_retient_une_fois_par_sa_premiere_part(
    group: GroupCommit, ajout: asyncpg.Pool[Any]
) -> None:
    """However many streams and facts it has, facts in its first stream or not: the answer is that stream's version."""
    un, autre, neuf = uuid4(), uuid4(), uuid4()
    assert (
        await _ensemble(group, write(part(un, 0)), write(part(autre, 0, *(Vidage(n) for n in range(3))))) == [True] * 2
    )
    plusieurs, sans_fait, sans_rien = uuid4(), uuid4(), uuid4()
    assert (
        await _ensemble(
            group,
            write(part(un, 1, Vidage(1), Vidage(2)), part(neuf, 0, Vidage(1), Vidage(2)), command=plusieurs),
            write(replace(part(autre, 3), facts=()), command=sans_fait),
            write(replace(part(uuid4(), 0), facts=()), command=sans_rien),
        )
        == [True] * 3
    )
    store = Store(ajout, CODEC)
    for commande, stream, version in ((plusieurs, un, 3), (sans_fait, autre, 3)):
        known = (await store.load(un, ORGANISATION, frozenset(), commande)).command
        assert known == Known(b"empreinte", stream, version)
    known = (await store.load(un, ORGANISATION, frozenset(), sans_rien)).command
    assert known is not None
    assert known.version == 0
    assert (await store.load(neuf, ORGANISATION, frozenset(), uuid4())).version == 2


async def test_un_lot_se_mesure_une_fois_et_compte_ses_perdants(group: GroupCommit) -> None:
    def mesures() -> list[float]:
        return [
            REGISTRY.get_sample_value(name) or 0
            for name in (
                "maillage_append_batch_sum",
                "maillage_append_seconds_count",
                "maillage_append_conflicts_total",
            )
        ]

    avant = mesures()
    await _ensemble(group, write(part(uuid4(), 0)), write(part(uuid4(), 2)), write(part(uuid4(), 5)))
    assert [apres - a for apres, a in zip(mesures(), avant, strict=True)] == [3, 1, 2]


# What is not known


async def test_une_connexion_coupee_laisse_l_ecriture_incertaine(
    group: GroupCommit, base: Acces, lecteur: Connection, postgres: Any
) -> None:
    stream = uuid4()
    assert await group.append(write(part(stream, 0)))
    verrou, admin = await connect(base.dsn(SERVICE, "ajout")), await asyncpg.connect(postgres.dsn_admin)
    async with verrou.transaction():
        await verrou.execute("SELECT FROM faits.streams WHERE stream_id = $1 FOR UPDATE", stream)
        asked = asyncio.create_task(group.append(write(part(stream, 1))))
        await _tuer(admin, base.base(SERVICE))
        with pytest.raises(UncertainWrite):
            await asked
    assert await _versions(lecteur, stream) == [[1]]
    assert await group.append(write(part(stream, 1))), "the group goes on, on another connection"
    await verrou.close()
    await admin.close()


async def _tuer(admin: asyncpg.Connection[Any], base: str) -> None:
    """Terminate the backend whose append waits for a lock."""
    for _ in range(200):
        killed = await admin.fetch(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = $1 AND wait_event_type = 'Lock' AND query LIKE '%AS MATERIALIZED%'""",
            base,
        )
        if killed:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no append was waiting")


async def test_la_fermeture_ecrit_ce_qui_fut_accepte(ajout: asyncpg.Pool[Any], lecteur: Connection) -> None:
    streams = [uuid4() for _ in range(20)]
    async with GroupCommit(ajout, lanes=1, largest=3) as group:
        asked = [asyncio.create_task(group.append(write(part(s, 0)))) for s in streams]
        await asyncio.sleep(0)
    assert await asyncio.gather(*asked) == [True] * 20
    assert await _versions(lecteur, *streams) == [[1]] * 20
    with pytest.raises(UncertainWrite):
        await group.append(write(part(uuid4(), 0)))


async def test_un_demandeur_parti_n_arrete_pas_les_autres(group: GroupCommit, lecteur: Connection) -> None:
    streams = [uuid4() for _ in range(3)]
    asked = [asyncio.create_task(group.append(write(part(s, 0)))) for s in streams]
    await asyncio.sleep(0)
    asked[1].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answers[0], answers[2]] == [True, True]
    assert await group.append(write(part(streams[0], 1)))


# Within a transaction of someone else's


async def test_dans_une_transaction_l_ajout_vit_et_meurt_avec_elle(base: Acces, lecteur: Connection) -> None:
    gardee, rendue = uuid4(), uuid4()
    connection = await connect(base.dsn(SERVICE, "ajout"))
    async with connection.transaction():
        assert await append_within(connection, write(part(gardee, 0), part(rendue, 4))) is False
    async with connection.transaction():
        assert await append_within(connection, write(part(gardee, 0)))
    transaction = connection.transaction()
    await transaction.start()
    assert await append_within(connection, write(part(rendue, 0)))
    await transaction.rollback()
    assert await _versions(lecteur, gardee, rendue) == [[1], []]
    await connection.close()


async def test_dans_une_transaction_l_ajout_vient_en_premier(base: Acces) -> None:
    connection = await connect(base.dsn(SERVICE, "ajout"))
    async with connection.transaction():
        assert await append_within(connection, write(part(uuid4(), 0)))
        with pytest.raises(RuntimeError, match="first write"):
            await append_within(connection, write(part(uuid4(), 0)))
    await connection.close()


async def test_un_fait_attend_le_disque_dans_une_transaction_qui_ne_l_attendait_pas(base: Acces) -> None:
    connection = await connect(base.dsn(SERVICE, "ajout"))
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = off")
        assert await append_within(connection, write(part(uuid4(), 0)))
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
    await connection.close()


async def test_plusieurs_faits_d_un_coup_gardent_leur_ordre(group: GroupCommit, lecteur: Connection) -> None:
    streams = [uuid4() for _ in range(30)]
    await _ensemble(group, *(write(part(s, 0, *(Vidage(n) for n in range(5)))) for s in streams))
    rows = await lecteur.fetch(
        "SELECT stream_id, version FROM faits.events WHERE stream_id = ANY($1) ORDER BY txid, pos", streams
    )
    for stream in streams:
        assert [row[1] for row in rows if row[0] == stream] == [1, 2, 3, 4, 5]


async def test_l_instruction_ne_tient_qu_un_numero_par_flux(base: Acces) -> None:
    """The guard the batches rely on: the statement itself would take two commands on one stream for one."""
    stream = uuid4()
    connection = await connect(base.dsn(SERVICE, "ajout"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.fetch(APPEND, *_arguments([write(part(stream, 0)), write(part(stream, 0))]))
    await connection.close()
