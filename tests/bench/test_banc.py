"""The bench itself: every measure runs at a tiny size and says what it must. Timings are never judged here."""

from __future__ import annotations

import io
import re
from pathlib import Path

import asyncpg
import msgspec
import pytest
from rich.console import Console

from bench import ajout, debit, delai, echelle, memoire, pages, pannes, reconstruction, relais
from bench.conduite import Regard, orienter
from bench.deploiement import deploiement
from bench.mesure import Cible, Mesure, centile, comparer, ecrire, manquees
from bench.pair_courant.lancement import pair_courant
from bench.programme import code_de_sortie
from bench.tableau import LARGEUR, afficher, ecrire_markdown, ligne
from bench.taille import MINUSCULE
from bench.terrain import Terrain, contexte
from bench.vies import EXPOSE
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
        p50, p50_calme, p99, p99_calme = await delai.mesurer(le, MINUSCULE)
        memoires = le.memoires()
        [pertes] = await pannes.mesurer(le, MINUSCULE)
        [http] = await debit.mesurer(le, MINUSCULE)
    assert 0 < p50.ours <= p99.ours
    assert all(m.peer and m.ratio for m in (p50, p99, http))
    assert [m.gate for m in (p50, p50_calme, p99, p99_calme)] == [True, False, True, False]
    assert http.ours > 0
    assert pertes.details["faits"]
    assert pertes.holds, pertes.details
    assert set(memoires) == {"dossiers, api", "dossiers, travail"}
    assert all(20 < mo < 1000 for mo in memoires.values()), "millions of bytes of a Python process"


async def test_le_courant_d_en_face_montre_ce_que_l_on_oriente(terrain: Terrain) -> None:
    async with terrain.base_du_pair("courant") as base, pair_courant(terrain, base, 3) as pair:
        regard = Regard(pair.dsn, delai.LEUR_REQUETE)
        found = await orienter(pair.port, pair.autorisation, regard, pair.dossiers, debit=20.0)
        connection = await asyncpg.connect(pair.dsn)
        try:
            rows = await connection.fetch("SELECT etape, motifs, expose, identite->>'nom' AS nom FROM portefeuille")
            left = await connection.fetchval("SELECT count(*) FROM envois")
        finally:
            await connection.close()
    assert len(found.visible) == len(rows) == 3
    assert {(row["etape"], tuple(row["motifs"]), row["expose"]) for row in rows} == {("orientee", ("impayes",), EXPOSE)}
    assert all(row["nom"].startswith("Exemple ") for row in rows)
    assert left == 0, "what Kafka has is no longer to be sent"


@pytest.mark.usefixtures("processus")
async def test_chaque_page_se_mesure_avec_ce_que_ses_vues_tiennent() -> None:
    async with pages.deux_cotes(MINUSCULE) as cotes:
        await _les_listes_de_django_montrent_les_memes_lignes(cotes)
        (liste, visee, temps, poids), memoires = await pages.mesurer_sur(cotes, MINUSCULE)
    assert set(temps.details) == set(poids.details) == {page.nom for page in pages.PAGES}
    assert all(isinstance(ms, float) and 0 < ms <= temps.ours + 0.1 for ms in temps.details.values())
    assert 10 < poids.ours <= 100, "the weight, unlike the time, does not depend on the machine"
    assert set(liste.details) == {page.nom for page in pages.PAGES if page.liste}
    assert liste.peer
    assert liste.ratio
    assert (liste.gate, visee.gate, temps.gate) == (True, False, False)
    assert set(memoires) == {"dossiers", "partenaires", "notifications", "portail"}
    [mo] = memoire.mesurer(memoires)
    assert mo.ours == pytest.approx(max(memoires.values()), rel=0.001)


async def _les_listes_de_django_montrent_les_memes_lignes(cotes: pages.Cotes) -> None:
    for page in filter(lambda page: page.liste, pages.PAGES):
        ours = await cotes.nous[page.compte].get(page.adresse)
        theirs = await cotes.eux[page.compte].get(page.adresse)
        assert theirs.status_code == 200, page
        assert _lignes(theirs.text) == _lignes(ours.text), page
        assert len(theirs.content) == pytest.approx(len(ours.content), rel=pages.EGAL), page


def _lignes(page: str) -> list[str]:
    """The households that a list names, each as often as its rows do."""
    return sorted(re.findall(r"Exemple [A-Z][a-z]+(?=</a>| <span class=\"govuk-visually-hidden\">\(nouveau)", page))


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


def test_ce_qui_est_vise_n_est_pas_une_porte() -> None:
    mesures = comparer("x", "ms", [10.0], "y", [5.0], Cible(3, porte=False), Cible(2.5), Cible(1.5))
    assert [m.holds for m in mesures] == [False, False, True]
    assert manquees(mesures) == [mesures[1]]


MESURES = [
    *comparer(
        "ajout, 64 en vol", "faits/s", [33_114.0, 31_000.0, 35_400.0], "autre", [1_022.0], Cible(20),
        Cible(40_000, "nous"), Cible(50, porte=False),
    ),
    *comparer("liste la plus lente, p95", "ms", [221.4, 109.9, 298.1], "la même en Django", [110.0, 120.0], Cible(1.5)),
    *comparer("première visite, serrée", "ko", [87.25], "« p »", [], Cible(100, "nous", "au plus"), details={"p": "x" * 50}),
    *comparer("reconstruction", "faits/s", [131_254.0, 98_765.0], "une autre", [3_210.0, 2_987.0], Cible(30_000, "nous")),
]  # fmt: skip


def _affichee(mesures: list[Mesure]) -> list[str]:
    out = io.StringIO()
    afficher(mesures, {"coeurs": 2, "postgresql": "18.4", "kafka": "apache"}, Console(file=out, width=LARGEUR))
    return out.getvalue().splitlines()


def test_la_table_dit_ce_qui_n_est_pas_tenu() -> None:
    [porte, manquee, visee] = [line for line in _affichee(MESURES) if line.startswith("ajout, 64 en vol (")]
    assert (porte.split()[-1], manquee.split()[-1], visee.split()[-1]) == ("oui", "NON", "visé")
    assert "Portes non tenues : 1 sur 5 (ajout, 64 en vol)." in _affichee(MESURES)
    assert "Portes tenues : 2 sur 2." in _affichee([MESURES[0], MESURES[4]])


def test_chaque_mesure_tient_sur_une_ligne_de_80_colonnes() -> None:
    lines = _affichee(MESURES)
    assert max(map(len, lines)) <= LARGEUR == 80
    for m in MESURES:
        assert ligne(m) in lines
        assert f" {ligne(m).split()[-1]}" == ligne(m)[-len(ligne(m).split()[-1]) - 1 :], "a blank before the last word"
    assert "31\u202f000 – 35\u202f400" in ligne(MESURES[0]), "the spread of our runs"


def test_le_fichier_markdown_dit_les_mesures_leur_etendue_et_le_contexte(tmp_path: Path) -> None:
    ecrire_markdown(MESURES, {"coeurs": 2}, tmp_path / "build" / "bench.md")
    text = (tmp_path / "build" / "bench.md").read_text()
    [row] = [line for line in text.splitlines() if line.startswith("| liste la plus lente, p95 |")]
    assert [case.strip() for case in row.strip("|").split("|")] == [
        "liste la plus lente, p95", "ms", "221", "110 – 298", "115", "110 – 120", "1,93 ×", "≥ 1,5 ×", "oui",
        "la même en Django",
    ]  # fmt: skip
    assert "| coeurs | 2 |" in text


@pytest.mark.parametrize(("tenue", "code"), [(20.0, 0), (19.0, 3)])
def test_une_porte_qui_n_est_pas_tenue_donne_le_code_3(tenue: float, code: int) -> None:
    mesures = comparer("x", "faits/s", [tenue], "y", [1.0], Cible(20), Cible(50, porte=False))
    assert code_de_sortie(mesures) == code
