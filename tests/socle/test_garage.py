"""Where facts wait: as they came, with their reason, and in the order in which one would take them up again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contracts.envelope import lire
from deploy.roles import Acces
from services.socle.base.database import Connection, connect
from services.socle.facts.store import Row
from services.socle.views.parking import DERRIERE, POISON, TROU, Garage, Parked
from tests.socle.tirelire import CODEC, ORGANISATION, SERVICE, TOPIC, Depot, installer, message, vider


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture
async def suite(base: Acces) -> AsyncIterator[Connection]:
    await vider(base)
    connection = await connect(base.dsn(SERVICE, "suite"))
    yield connection
    await connection.close()


def fait(stream: UUID, version: int, reason: str) -> Parked:
    row = Row(
        "1", version, uuid4(), stream, version, "Depot", 1, CODEC.encode(Depot(version, "é")), ORGANISATION, uuid4(),
        datetime.now(UTC), uuid4(), uuid4(), None,
    )  # fmt: skip
    record = message(row)
    return Parked.of(record, lire(record.headers)).because(reason)


async def test_un_fait_gare_revient_tel_qu_il_est_venu(suite: Connection) -> None:
    garage, stream = Garage("lecteur"), uuid4()
    parked = fait(stream, 3, POISON)
    await garage.write(suite, {stream: [parked]}, (), {})
    [[found]] = [list(by.values()) for by in (await garage.load(suite, [stream, uuid4()]))[1].values()]
    assert found == parked
    assert (found.topic, found.version, found.bare().event) == (TOPIC, 3, None)


async def test_chaque_lecteur_a_son_garage(suite: Connection) -> None:
    un, autre, stream = Garage("un"), Garage("autre"), uuid4()
    await un.write(suite, {stream: [fait(stream, 1, TROU)]}, (), {})
    assert (await un.count(suite), await autre.count(suite)) == (1, 0)
    assert await autre.streams(suite) == []
    await autre.write(suite, {}, [(stream, 1)], {})
    assert await un.count(suite) == 1


async def test_le_plus_ancien_d_abord_et_seul_ce_qui_change_s_ecrit(suite: Connection) -> None:
    garage, ancien, recent = Garage("lecteur"), uuid4(), uuid4()
    await garage.write(suite, {ancien: [fait(ancien, 2, POISON)]}, (), {})
    await garage.write(suite, {recent: [fait(recent, 2, TROU)]}, (), {})
    assert await garage.streams(suite) == [ancien, recent]

    _, known, _ = await garage.load(suite, [ancien, recent])
    before = await suite.fetch("SELECT version, ctid FROM faits.garage ORDER BY depuis")
    await garage.write(suite, {ancien: [known[ancien][2]], recent: [known[recent][2].because(DERRIERE)]}, (), known)
    after = await suite.fetch("SELECT version, ctid FROM faits.garage ORDER BY depuis")
    assert before[0] == after[0], "what is parked already for the same reason is left alone"
    assert before[1] != after[1]
    assert (await garage.load(suite, [recent]))[1][recent][2].reason == DERRIERE

    await garage.write(suite, {}, [(ancien, 2), (recent, 9)], known)
    assert await garage.streams(suite) == [recent]
