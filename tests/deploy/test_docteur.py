"""`maillage docteur`: each piece that is well says so, and one that is not says what to do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.catalogue import SERVICES
from deploy.exploitation.docteur import examiner
from deploy.machine.local import environnement
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.socle.base.database import connect
from tests.monde import Monde, monde


@pytest.fixture(scope="module")
async def le_monde(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Monde]:
    dossier = tmp_path_factory.mktemp("docteur")
    async with monde(bases_du_module, kafka_du_module.bootstrap, dossier, [*SERVICES.values()], travail=False) as m:
        yield m


@pytest.fixture
def reglages(le_monde: Monde, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for nom, valeur in environnement(le_monde.settings).items():
        monkeypatch.setenv(nom, valeur)
    return monkeypatch


async def ausculter(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what is said of each piece."""
    code = await examiner(Console(), en_json=True)
    return code, {constat["quoi"]: constat for constat in json.loads(capsys.readouterr().out)}


async def malades(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The pieces that are not well → what to do."""
    code, constats = await ausculter(capsys)
    assert code == 3
    return {quoi: constat["remede"] for quoi, constat in constats.items() if not constat["va_bien"]}


async def test_tout_va_bien(reglages: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, constats = await ausculter(capsys)
    assert [quoi for quoi, constat in constats.items() if not constat["va_bien"]] == []
    assert code == 0
    for nom in SERVICES:
        assert {f"service {nom}", f"rôles {nom}", f"faits garés {nom}", f"relais {nom}", f"vues {nom}"} <= set(constats)
    assert constats["service dossiers"]["detail"] == "base : ok"


async def test_une_cle_que_d_autres_lisent(
    le_monde: Monde, reglages: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copie = tmp_path / "cle"
    copie.write_bytes(le_monde.settings.cle_maitre.read_bytes())
    copie.chmod(0o644)
    reglages.setenv("MAILLAGE_CLE_MAITRE", str(copie))
    assert "mode 0600" in (await malades(capsys))["clé maîtresse"]


async def test_ce_qui_ne_repond_pas(reglages: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reglages.setenv("MAILLAGE_KAFKA", "127.0.0.1:1")
    reglages.setenv("MAILLAGE_URL_DOSSIERS", "http://127.0.0.1:1")
    dit = await malades(capsys)
    assert set(dit) == {"kafka", "service dossiers"}
    assert all(dit.values())


async def test_une_vue_perimee(
    le_monde: Monde, reglages: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await connect(le_monde.acces.dsn("dossiers", "proprietaire"))
    comment = await owner.fetchval("SELECT obj_description('vues.notes'::regclass, 'pg_class')")
    await owner.execute("COMMENT ON TABLE vues.notes IS 'autre'")
    try:
        dit = await malades(capsys)
    finally:
        await owner.execute(f"COMMENT ON TABLE vues.notes IS '{comment}'")
        await owner.close()
    assert dit == {"vues dossiers": "maillage migrer les refait : notes."}
