"""One stream for a decision, for those who are a party to it; and everything, in pages, for those who follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from deploy.roles import Acces
from services.socle.base.database import Connection, connect, pool
from services.socle.facts.append import GroupCommit
from services.socle.facts.codec import EvenementIllisible
from services.socle.facts.store import START, Known, Store, by_stream, epoch, fence, follow, foreign
from tests.socle.tirelire import CODEC, ORGANISATION, SERVICE, Depot, Vidage, installer, part, remplir, vider, write

PERSONNE = frozenset[str]()


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture
async def ajout(base: Acces) -> AsyncIterator[asyncpg.Pool[Any]]:
    await vider(base)
    async with pool(base.dsn(SERVICE, "ajout"), largest=4) as connections:
        yield connections


@pytest.fixture
async def lecteur(base: Acces) -> AsyncIterator[Connection]:
    connection = await connect(base.dsn(SERVICE, "suite"))
    yield connection
    await connection.close()


async def test_un_flux_se_charge_avec_ce_que_devint_la_commande(ajout: asyncpg.Pool[Any]) -> None:
    store, stream, commande = Store(ajout, CODEC), uuid4(), uuid4()
    async with GroupCommit(ajout) as group:
        await group.append(write(part(stream, 0, Depot(1), Depot(2)), command=commande))
        await group.append(write(part(stream, 2, Vidage(3))))
    history = await store.load(stream, ORGANISATION, PERSONNE, commande)
    assert (history.version, history.events) == (3, [Depot(1), Depot(2), Vidage(3)])
    assert history.command == Known(b"empreinte", stream, 2)
    assert (await store.load(stream, ORGANISATION, PERSONNE, uuid4())).command is None


async def test_un_flux_n_existe_que_pour_ses_parties(ajout: asyncpg.Pool[Any]) -> None:
    """And a command's number means nothing to another organisation."""
    store, stream, commande = Store(ajout, CODEC), uuid4(), uuid4()
    async with GroupCommit(ajout) as group:
        await group.append(write(part(stream, 0), command=commande))
    for organisation, roles, version in (
        (uuid4(), PERSONNE, 0),
        (uuid4(), frozenset({"agent", "exploitant"}), 0),
        (uuid4(), frozenset({"service"}), 1),
        (ORGANISATION, PERSONNE, 1),
    ):
        history = await store.load(stream, organisation, roles, commande)
        assert history.version == len(history.events) == version
        assert (history.command is not None) == (organisation == ORGANISATION)
    # Who asked before leaves nothing behind on the connection.
    async with ajout.acquire() as connection:
        assert await connection.fetchval("SELECT faits.organisation()") is None


async def test_des_octets_illisibles_n_ont_pas_d_histoire(ajout: asyncpg.Pool[Any]) -> None:
    stream = uuid4()
    async with GroupCommit(ajout) as group:
        one = part(stream, 0, Depot(1))
        await group.append(write(replace(one, facts=[replace(one.facts[0], schema_version=7)])))
    with pytest.raises(EvenementIllisible):
        await Store(ajout, CODEC).load(stream, ORGANISATION, PERSONNE, uuid4())


@pytest.mark.parametrize("limite", [1, 7, 1000])
async def test_suivre_par_pages_ou_par_flux_donne_les_memes_faits(
    base: Acces, ajout: asyncpg.Pool[Any], lecteur: Connection, limite: int
) -> None:
    await remplir(base, Random(limite), boites=5)
    suivis, after = [], START
    while rows := await follow(lecteur, after, limite):
        suivis += rows
        after = (rows[-1].txid, rows[-1].pos)
    par_flux, place = [], (UUID(int=0), 0)
    while rows := await by_stream(lecteur, place, await fence(lecteur), limite):
        par_flux += rows
        place = (rows[-1].stream, rows[-1].version)
    assert par_flux == sorted(suivis, key=lambda r: (r.stream, r.version))
    assert [(int(r.txid), r.pos) for r in suivis] == sorted((int(r.txid), r.pos) for r in suivis)
    assert await fence(lecteur) == after


async def test_la_base_dit_quelle_vie_elle_vit(ajout: asyncpg.Pool[Any], lecteur: Connection, postgres: Any) -> None:
    assert await fence(lecteur) == START
    admin = await asyncpg.connect(postgres.dsn_admin)
    assert await epoch(lecteur) == str(await admin.fetchval("SELECT system_identifier FROM pg_control_system()"))
    await admin.close()
    async with GroupCommit(ajout) as group:
        await group.append(write(part(uuid4(), 0)))
    assert not await foreign(lecteur)
