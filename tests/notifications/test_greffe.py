"""What follows from a fact is recorded once, whoever takes note of it and however often it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from contracts import dossiers as d
from services.notifications.app import EVENEMENTS
from services.notifications.chapitres.courrier import stream_du_courrier
from services.notifications.flux import stream_du_flux
from services.notifications.greffe import Greffe
from services.socle.base.database import Connection, connect
from services.socle.base.recorded import Recorded
from services.socle.views.projector import Concurrence
from tests.dossiers import histoire as h
from tests.monde import DEBUT
from tests.notifications import scene as s

greffe = Greffe(EVENEMENTS)


def faits(convention: UUID, *suite: d.Event) -> list[Recorded[Any]]:
    """A household oriented under the convention, and what became of it, as the projector hands facts over."""
    dossier = uuid4()
    events = (*s.oriente(DEBUT, date(2026, 1, 20), convention), *suite)
    return [
        Recorded(uuid4(), dossier, version, event, s.SEMIS, uuid4(), datetime(2026, 1, 5, tzinfo=UTC), uuid4())
        for version, event in enumerate(events, 1)
    ]


async def prendre_note(connection: Connection, lot: Sequence[Recorded[Any]]) -> None:
    async with connection.transaction():
        await greffe.before(connection, lot)


async def ecrits(connection: Connection, stream: UUID) -> list[tuple[int, str]]:
    rows = await connection.fetch(
        "SELECT version, type FROM faits.events WHERE stream_id = $1 ORDER BY version", stream
    )
    return [(row["version"], row["type"]) for row in rows]


async def connexion(scene: s.Scene) -> Connection:
    return await connect(scene.m.acces.dsn("notifications", "suite"))


async def test_un_lot_donne_ses_messages_et_ses_faits_codes(scene: s.Scene) -> None:
    une, connection = uuid4(), await connexion(scene)
    lot = faits(une, replace(h.acceptee, convention=une), h.adhere)
    await prendre_note(connection, lot)
    assert await ecrits(connection, stream_du_flux(une)) == [(n, "FaitDeMenageCode") for n in (1, 2, 3)]
    # The landlord's own acceptance (as told here) is not announced to it.
    assert await ecrits(connection, stream_du_courrier(lot[0].stream)) == [(1, "MessageAdresse")]
    await connection.close()


async def test_deux_copies_a_la_fois_ecrivent_l_une_apres_l_autre_dans_le_flux_d_une_convention(scene: s.Scene) -> None:
    """Whoever comes second finds that the stream moved, and takes its batch again: nothing is lost, nothing doubled."""
    une = uuid4()
    premiere, seconde = await connexion(scene), await connexion(scene)
    lots = [faits(une), faits(une)]
    async with premiere.transaction():
        await greffe.before(premiere, lots[0])
        attente = asyncio.create_task(prendre_note(seconde, lots[1]))
        await asyncio.sleep(0.2)
        assert not attente.done()
    with pytest.raises(Concurrence):
        await attente
    await prendre_note(seconde, lots[1])
    assert await ecrits(premiere, stream_du_flux(une)) == [(1, "FaitDeMenageCode"), (2, "FaitDeMenageCode")]
    await premiere.close()
    await seconde.close()


async def test_un_lot_pris_deux_fois_est_refuse_par_la_base_elle_meme(scene: s.Scene) -> None:
    """The reader's positions keep that from happening; were they lost, the ids of our own commands would."""
    une, connection = uuid4(), await connexion(scene)
    lot = faits(une)
    await prendre_note(connection, lot)
    with pytest.raises(asyncpg.UniqueViolationError):
        await prendre_note(connection, lot)
    assert await ecrits(connection, stream_du_flux(une)) == [(1, "FaitDeMenageCode")]
    await connection.close()


async def test_ce_qui_ne_regarde_personne_n_ecrit_rien(scene: s.Scene) -> None:
    connection = await connexion(scene)
    [repere, consenti, _] = faits(uuid4())
    async with connection.transaction():
        await greffe.before(connection, [repere, consenti])
        assert await connection.fetchval("SELECT pg_current_xact_id_if_assigned()") is None
    await connection.close()
