"""The bench itself: every measure runs at a tiny size and says what it must. Timings are never judged here."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bench import ajout, debit, delai, echelle, pages, pannes, reconstruction, relais
from bench.deploiement import deploiement
from bench.mesure import Cible, Mesure, afficher, centile, comparer, ecrire
from bench.taille import MINUSCULE
from bench.terrain import Terrain, contexte
from deploy.moteurs.kafka import Kafka
from tests.infra import Postgres

DU_SOCLE = {
    "ajout": (ajout.mesurer, 3),
    "reconstruction": (reconstruction.mesurer, 2),
    "relais": (relais.mesurer, 1),
    "echelle": (echelle.mesurer, 1),
}


@pytest.fixture
def terrain(postgres: Postgres, secrets_roles: Path, kafka_vide: Kafka, tmp_path: Path) -> Terrain:
    return Terrain(postgres.dsn_admin, secrets_roles, kafka_vide, tmp_path)


@pytest.mark.parametrize("nom", DU_SOCLE)
async def test_chaque_mesure_du_socle_donne_ses_lignes(terrain: Terrain, nom: str) -> None:
    mesurer, lines = DU_SOCLE[nom]
    mesures = await mesurer(terrain, MINUSCULE)
    assert len(mesures) == lines
    assert all(m.ours > 0 and m.peer and m.ratio for m in mesures)


async def test_chaque_mesure_du_service_donne_ses_lignes(terrain: Terrain) -> None:
    async with deploiement(terrain, "essai") as le:
        p50, p99 = await delai.mesurer(le, MINUSCULE)
        [pertes] = await pannes.mesurer(le, MINUSCULE)
        [http] = await debit.mesurer(le, MINUSCULE)
    assert 0 < p50.ours <= p99.ours
    assert all(m.peer and m.ratio for m in (p50, p99, http))
    assert http.ours > 0
    assert pertes.details["faits"]
    assert pertes.holds, pertes.details


@pytest.mark.usefixtures("processus")
async def test_chaque_page_se_mesure_avec_ce_que_ses_vues_tiennent() -> None:
    temps, poids = await pages.mesurer(MINUSCULE)
    assert set(temps.details) == set(poids.details) == {page.nom for page in pages.PAGES}
    assert all(isinstance(ms, float) and 0 < ms <= temps.ours + 0.1 for ms in temps.details.values())
    assert 10 < poids.ours <= 100, "the weight, unlike the time, does not depend on the machine"


async def test_le_contexte_dit_sur_quoi_l_on_a_mesure(terrain: Terrain) -> None:
    found = await contexte(terrain)
    assert found["kafka"] == terrain.kafka.moteur
    assert {"coeurs", "postgresql", "fsync", "validation_ms", "eventsourcing", "django"} <= found.keys()


def test_un_rapport_se_prend_sur_les_medianes() -> None:
    [m] = comparer("x", "faits/s", [30.0, 10.0, 20.0], "y", [1.0, 3.0, 2.0], Cible(10))
    assert (m.ours, m.peer, m.ratio, m.holds) == (20.0, 2.0, 10.0, True)


@pytest.mark.parametrize(
    ("cible", "tenue"),
    [
        (Cible(2.0), True),
        (Cible(2.1), False),
        (Cible(2.0, "ratio", "au plus"), True),
        (Cible(1.9, "ratio", "au plus"), False),
        (Cible(10, "nous"), True),
        (Cible(9, "nous", "au plus"), False),
    ],
)
def test_une_cible_borne_le_rapport_ou_notre_chiffre(cible: Cible, tenue: bool) -> None:
    [m] = comparer("x", "ms", [10.0], "y", [5.0], cible)
    assert m.holds is tenue


def test_un_rapport_qui_n_a_pu_se_prendre_n_est_pas_tenu() -> None:
    [m] = comparer("x", "ms", [10.0], "y", [], Cible(0.1))
    assert not m.holds


def test_centile() -> None:
    assert centile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert centile([float(n) for n in range(1, 101)], 0.99) == 100.0


def test_le_fichier_est_une_liste_de_mesures(tmp_path: Path) -> None:
    mesures = comparer("ajout", "faits/s", [20.0], "autre", [1.0], Cible(20), Cible(30, "nous"), details={"vues": 7})
    ecrire(mesures, {"coeurs": 2}, tmp_path / "build" / "bench.json")
    found = msgspec.json.decode((tmp_path / "build" / "bench.json").read_bytes())
    assert [m["holds"] for m in found] == [True, False]
    assert {"measure", "ours", "peer", "ratio", "target", "holds", "unit"} <= found[0].keys()
    assert msgspec.convert(found, list[Mesure]) == mesures
    assert msgspec.json.decode((tmp_path / "build" / "bench-contexte.json").read_bytes()) == {"coeurs": 2}


def test_la_table_dit_ce_qui_n_est_pas_tenu() -> None:
    out = io.StringIO()
    mesures = comparer("ajout", "faits/s", [33_114.0], "autre", [1_022.0], Cible(20), Cible(40_000, "nous"))
    afficher(mesures, {"coeurs": 2}, Console(file=out, width=160))
    [first, second] = [line for line in out.getvalue().splitlines() if "ajout" in line]
    assert "oui" in first
    assert "non" in second
    assert "33\u202f110 faits/s" in first
