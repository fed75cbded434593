"""The simulated clock: shared by processes, moved only when told, and only in local mode."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.socle.base.clock import HorlogeReelle, HorlogeSimulee, avancer, horloge, regler
from services.socle.base.settings import ReglageInvalide, Settings

MIDI = datetime(2026, 1, 5, 11, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    regler(tmp_path / "horloge", MIDI)
    return tmp_path / "horloge"


def reglages(**more: object) -> Settings:
    return Settings.model_construct(**{"mode": "local", "horloge": None, **more})  # type: ignore[arg-type]


def test_elle_dit_ce_qu_on_lui_a_dit(path: Path) -> None:
    simulee = HorlogeSimulee(path)
    assert (simulee.now(), simulee.aujourd_hui()) == (MIDI, date(2026, 1, 5))
    assert simulee.now().tzinfo == UTC


def test_elle_avance_de_jours_civils(path: Path) -> None:
    simulee = HorlogeSimulee(path)
    there = avancer(path, 90)  # over the clock change of 29 March: still noon in Paris
    assert there == simulee.now() == datetime(2026, 4, 5, 10, tzinfo=UTC)
    assert simulee.aujourd_hui() == date(2026, 4, 5)
    assert avancer(path, 0) == there


def test_elle_change_de_jour_a_minuit_a_paris(path: Path) -> None:
    regler(path, datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert HorlogeSimulee(path).aujourd_hui() == date(2026, 7, 1)


def test_elle_ne_recule_pas(path: Path) -> None:
    with pytest.raises(ValueError, match="back"):
        avancer(path, -1)
    with pytest.raises(ValueError, match="time zone"):
        regler(path, datetime(2026, 1, 5))  # noqa: DTZ001 - the very mistake


def test_cent_avances_dans_le_meme_instant_se_voient_toutes(path: Path) -> None:
    simulee = HorlogeSimulee(path)
    for day in range(100):
        before = simulee.aujourd_hui()
        avancer(path, 1)
        assert (simulee.aujourd_hui() - before).days == 1, day


@pytest.mark.usefixtures("processus")
def test_un_autre_processus_ne_lit_jamais_une_moitie_d_instant(path: Path) -> None:
    reader = (
        "import sys, pathlib; from services.socle.base.clock import HorlogeSimulee\n"
        "h = HorlogeSimulee(pathlib.Path(sys.argv[1])); print('ready', flush=True); seen = set()\n"
        "while h.now().year < 2030: seen.add(h.aujourd_hui())\n"
        "print(len(seen))"
    )
    with subprocess.Popen([sys.executable, "-c", reader, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        for _ in range(2000):
            avancer(path, 1)
        assert int(process.stdout.readline()) > 1
        assert process.wait(10) == 0


def test_elle_manque_des_le_depart(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        HorlogeSimulee(tmp_path / "absente")


def test_elle_est_refusee_hors_du_mode_local(path: Path) -> None:
    with pytest.raises(ReglageInvalide, match="MAILLAGE_HORLOGE"):
        horloge(reglages(mode="production", horloge=path))
    assert isinstance(horloge(reglages(horloge=path)), HorlogeSimulee)
    assert isinstance(horloge(reglages(mode="production")), HorlogeReelle)


def test_l_horloge_reelle_est_en_utc() -> None:
    now = HorlogeReelle().now()
    assert now.tzinfo is UTC
    assert abs((datetime.now(UTC) - now).total_seconds()) < 5
    assert HorlogeReelle().aujourd_hui() >= date(2025, 1, 1)
