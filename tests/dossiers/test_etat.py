"""The state of a service, for who runs it: enough to know what is wrong, nothing of anybody's case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest

from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.socle import health as etat
from services.socle import watch as surveillance
from services.socle.base.database import connect
from services.socle.watch import Oldest
from tests.dossiers.quartier import Quartier, quartier


@pytest.fixture(scope="module")
async def q(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Quartier]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveillance, "PAUSE", 0.1)
        async with quartier(bases_du_module, kafka_du_module.bootstrap, tmp_path_factory.mktemp("monde")) as q:
            yield q


async def jusqu_a(q: Quartier, vrai: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The state, once it is as wanted."""
    for _ in range(200):
        vu: dict[str, Any] = await q.lire("operateur", "/v1/etat")
        if vu["travail"] and vrai(vu["travail"]):
            return vu
        await asyncio.sleep(0.05)
    raise AssertionError(vu)


async def test_un_service_qui_va_bien(q: Quartier) -> None:
    await q.reperer("Exemple", "Etat")
    vu = await jusqu_a(q, lambda t: bool(t["relais"]["derriere"] == t["projection"]["derriere"] == 0))
    assert (vu["service"], vu["version"]) == ("dossiers", etat.version())
    assert vu["postgres"].split(".")[0].isdecimal()
    assert vu["travail"]["vivant"] is True
    assert vu["travail"]["gares"] == {"flux": 0, "faits": 0, "liste": []}
    assert vu["travail"]["relais"]["epoque"]


async def test_un_flux_gare_se_compte_sans_se_lire(q: Quartier) -> None:
    connection = await connect(q.monde.acces.dsn("dossiers", "suite"))
    flux = UUID(int=0xBAD)
    try:
        await connection.execute(
            """INSERT INTO faits.garage (lecteur, stream_id, version, en_tetes, valeur, raison)
               VALUES ('dossiers.vues', $1, 3, 'x', 'y', 'poison: secret de famille')""",
            flux,
        )
        vu = await jusqu_a(q, lambda t: bool(t["gares"]["flux"]))
        [gare] = vu["travail"]["gares"]["liste"]
        assert (gare["flux"], gare["faits"], gare["raison"]) == (str(flux), 1, "poison")
        assert "secret" not in str(vu)
    finally:
        await connection.execute("DELETE FROM faits.garage WHERE stream_id = $1", flux)
        await connection.close()
    await jusqu_a(q, lambda t: not t["gares"]["flux"])


async def test_une_transaction_qui_traine_se_voit_quel_que_soit_son_role(q: Quartier) -> None:
    connection = await connect(q.monde.acces.dsn("dossiers", "ajout"))
    try:
        async with connection.transaction():
            await connection.fetchval("SELECT pg_current_xact_id()::text")
            await jusqu_a(q, lambda t: t["plus_vieille_transaction_s"] >= 0.5)
    finally:
        await connection.close()
    await jusqu_a(q, lambda t: t["plus_vieille_transaction_s"] < 0.5)


async def test_un_travail_qui_se_tait_se_voit(q: Quartier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etat, "MUET", -1.0)
    assert (await q.lire("operateur", "/v1/etat"))["travail"]["vivant"] is False


@pytest.mark.parametrize("sujet", ["semis.agent", "tremplin.coordinateur", "etat.analyste"])
async def test_l_etat_n_est_que_pour_l_exploitant(q: Quartier, sujet: str) -> None:
    assert (await q.monde.lire(sujet, "/v1/etat")).status_code == 403


@pytest.mark.parametrize(("roles", "attendu"), [("exploitant", 1), ("agent", 0), ("", 0)])
async def test_en_sql_non_plus(q: Quartier, roles: str, attendu: int) -> None:
    await jusqu_a(q, lambda _: True)
    connection = await connect(q.monde.acces.dsn("dossiers", "api"))
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SELECT set_config('maillage.roles', $1, true)", roles)
            assert await connection.fetchval("SELECT count(*) FROM faits.etats") == attendu
    finally:
        await connection.close()


def test_l_age_de_la_plus_vieille_transaction() -> None:
    oldest = Oldest()
    assert oldest.age("10", "10", 0.0) == 0.0
    assert oldest.age("10", "11", 5.0) == 5.0, "10 was the next number, and somebody took it since the first reading"
    assert oldest.age("10", "30", 9.0) == 9.0
    assert oldest.age("25", "30", 10.0) == 0.0, "the oldest ended; the next one is met for the first time"
    assert oldest.age("30", "30", 11.0) == 0.0


def test_sans_parole_du_travail_on_le_dit() -> None:
    assert etat.presenter("dossiers", "18", None)["travail"] is None
