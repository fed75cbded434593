"""`maillage demo` as a newcomer runs it, its output in a file: the year goes to its end, and each sees only their part."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from deploy.demonstration.gestes import reevaluer
from deploy.demonstration.menages import DEBUT, FIN, MENAGES, Menage
from deploy.demonstration.parcours import etapes, ouvrable
from deploy.demonstration.s1 import PLACES, journees
from tests.deploy.lancement import RACINE

pytestmark = pytest.mark.timeout(600)  # the year takes its time on a machine busy with other tests

COLONNES = ("SEMIS, bailleur", "Tremplin 17, association", "L'État, financeur")


@pytest.fixture(scope="module")
def sortie(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Standard output, without a terminal."""
    fichier = tmp_path_factory.mktemp("demo") / "sortie"
    with fichier.open("wb") as ouvert:
        fini = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "demo"],
            cwd=RACINE, stdin=subprocess.DEVNULL, stdout=ouvert, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert fini.returncode == 0, fini.stderr
    return fichier.read_text()


def colonnes(sortie: str) -> list[dict[str, str]]:
    """The tables that set the three actors side by side: what stands in each one's column."""
    tables: list[dict[str, str]] = []
    lignes = sortie.splitlines()
    for rang, entete in enumerate(lignes):
        if not all(colonne in entete for colonne in COLONNES):
            continue
        debuts = [entete.index(colonne) for colonne in COLONNES]
        corps = list(_corps(lignes[rang + 2 :]))
        bornes = zip(debuts, [*debuts[1:], None], strict=True)
        tables.append(
            {nom: "\n".join(ligne[a:b] for ligne in corps) for nom, (a, b) in zip(COLONNES, bornes, strict=True)}
        )
    return tables


def _corps(lignes: list[str]) -> Iterator[str]:
    """The table's lines: it ends at the first that is not padded to its width."""
    for ligne in lignes:
        if len(ligne) < 90:
            return
        yield ligne


def partie(sortie: str, titre: str) -> str:
    """What stands under the title that begins so."""
    return sortie[sortie.index(f"\n{titre}") + 1 :].split("\n\n\n")[0]


def test_the_year_is_played_to_its_end(sortie: str) -> None:
    assert "30 ménages, réévalués tous les 2 mois" in sortie
    assert re.search(r"47 000 €.*20 000 € ;.*7 000 € ;.*20 000 €", " ".join(sortie.split()))
    assert "Première vue après" in sortie
    for mois in ("janvier 2026", "juin 2026", "décembre 2026"):
        assert f"\n{mois}" in sortie
    assert "L'année a été jouée et montrée en" in sortie
    assert "Ctrl-C" not in sortie


def test_three_actors_see_the_same_household_each_in_its_way(sortie: str) -> None:
    depart, arrivee = colonnes(sortie)
    bailleur, association, financeur = (depart[nom] for nom in COLONNES)
    for vue in (bailleur, association):
        assert "Exemple 01" in vue
        assert "sous contrat depuis" in vue
        assert "le 30/03/2026" in vue
    assert "pseudonyme" in financeur
    assert "contrat signé, semaine 5" in financeur
    assert "« Évoque une" in association
    assert "5 tenues" in arrivee["L'État, financeur"]


def test_the_state_reads_no_name_and_the_landlord_no_note(sortie: str) -> None:
    for table in colonnes(sortie):
        financeur = table["L'État, financeur"]
        for mot in ("Exemple", "06 39", "rue de", "«", "/2026", "/2027"):
            assert mot not in financeur
        bailleur = table["SEMIS, bailleur"]
        for mot in ("Évoque", "Passer par", "Voisinage et vivre", "Rencontrer les voisins"):
            assert mot not in bailleur
    flux = partie(sortie, "Le flux de l'État")
    assert "Exemple" not in flux
    assert "pseudonyme" in flux


def test_the_work_the_inbox_and_the_counts_are_there(sortie: str) -> None:
    assert "escaladé" in partie(sortie, "Tremplin 17, tremplin17.referent : son travail")
    boite = partie(sortie, "Tremplin 17, tremplin17.referent : sa boîte")
    assert "Dans une semaine au plus : la réévaluation est prévue" in boite
    comptes = partie(sortie, "Le compte de l'année 2026")
    assert re.search(r"Orientés par SEMIS +40 +40 +40", comptes)
    assert re.search(r"Acceptés par Tremplin 17 +35 +35 +masqué", comptes)
    assert re.search(r"Contrats signés +29 +29 +29", comptes)
    assert "SEMIS lit (effacé) et Tremplin 17 (effacé)" in sortie


def test_it_reads_on_a_hundred_columns(sortie: str) -> None:
    larges = [ligne for ligne in sortie.splitlines() if len(ligne) > 100]
    assert all("maillage flux suivre" in ligne for ligne in larges)


# The story itself


def test_the_story_holds_all_that_can_happen() -> None:
    destins = Counter(m.destin for m in MENAGES)
    assert len(destins) == 13
    assert {lettre for m in MENAGES for lettre in m.revues} == set("trem")
    assert len({m.fin.motif for m in MENAGES if m.fin}) >= 5
    assert sum(m.oubli is not None for m in MENAGES) == 2
    assert len({m.public.code for m in MENAGES}) == 4


def test_people_work_on_open_days_of_the_year() -> None:
    for jour, journee in journees().items():
        assert DEBUT <= jour <= FIN
        for m, fil in journee.items():
            assert ouvrable(jour) == jour, (m.nom, fil)


def test_all_places_are_taken_at_one_time_and_never_more() -> None:
    occupants: set[int] = set()
    most, refused = 0, []
    for journee in journees().values():
        for m, fil in journee.items():
            for geste in (etape.geste.__name__ for etape in fil):
                if geste == "accepter":
                    occupants.add(m.numero)
                elif geste in ("clore", "refuser_adhesion"):
                    occupants.discard(m.numero)
                elif geste in ("orienter_sans_place", "refuser_faute_de_place"):
                    refused.append(len(occupants))
        most = max(most, len(occupants))
    assert most == PLACES
    assert refused == [PLACES] * 3


@pytest.mark.parametrize("m", [m for m in MENAGES if "m" in m.revues], ids=lambda m: m.nom)
def test_after_a_missed_review_the_next_one_is_late(m: Menage) -> None:
    """Held in time, it would answer the one that was missed."""
    held = {etape.rang for etape in etapes(m) if etape.geste is reevaluer}
    for rang in (rang for rang, lettre in enumerate(m.revues, 1) if lettre == "m"):
        assert rang not in held
        assert rang + 1 not in held or m.revues[rang : rang + 1] in ("r", "e")
