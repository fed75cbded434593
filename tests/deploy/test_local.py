"""`maillage local`: what outside tools test against. One line of JSON, a clock that obeys, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import psutil
import pytest

from deploy.demonstration.menages import FIN
from tests.deploy.lancement import Lancement
from tests.infra import attendre

pytestmark = pytest.mark.timeout(600)  # a machine busy with other tests takes its time to start

COMPTES = {
    "semis.agent": "agent",
    "semis.responsable": "responsable",
    "tremplin17.referent": "referent",
    "tremplin17.referent2": "referent",
    "tremplin17.coordinateur": "coordinateur",
    "etat.analyste": "analyste",
    "exploitant": "exploitant",
    "autre-bailleur.agent": "agent",
    "autre-association.referent": "referent",
    "autre-association.coordinateur": "coordinateur",
    "autre-financeur.analyste": "analyste",
}


Lancer: TypeAlias = Callable[..., Lancement]


@pytest.fixture(scope="module")
def jetable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lancement]:
    """Data thrown away, a simulated clock."""
    lancement = Lancement(tmp_path_factory.mktemp("jetable"), "--horloge", "2026-01-05")
    lancement.pret()
    yield lancement
    lancement.tuer()


@pytest.fixture
def lancer(tmp_path: Path) -> Iterator[Lancer]:
    """Starts it with more options; none outlives the test."""
    lances: list[Lancement] = []

    def un(*options: str) -> Lancement:
        dossier = tmp_path / f"lancement-{len(lances)}"
        dossier.mkdir()
        lances.append(Lancement(dossier, *options))
        return lances[-1]

    yield un
    for lancement in lances:
        lancement.tuer()


def moi(annonce: dict[str, Any], compte: str, service: str = "dossiers") -> httpx.Response:
    jeton = annonce["comptes"][compte]["jeton"]
    return httpx.get(f"{annonce['services'][service]}/v1/moi", headers={"Authorization": f"Bearer {jeton}"})


def test_one_line_says_where_everything_is(jetable: Lancement) -> None:
    assert len(jetable.lignes) == 1
    annonce = jetable.pret()
    assert annonce.keys() >= {"services", "kafka", "horloge", "comptes"}
    assert annonce["services"].keys() >= {"dossiers", "partenaires", "notifications"}
    assert annonce["kafka"].keys() == {"bootstrap", "moteur"}
    assert annonce["kafka"]["moteur"] == "embarque"
    for adresse in (*annonce["services"].values(), annonce["horloge"]):
        assert adresse.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("service", ["dossiers", "partenaires", "notifications"])
def test_each_account_may_come_in_everywhere(jetable: Lancement, service: str) -> None:
    annonce = jetable.pret()
    assert annonce["comptes"].keys() >= COMPTES.keys()
    for compte, role in COMPTES.items():
        reponse = moi(annonce, compte, service)
        assert reponse.status_code == 200, compte
        assert reponse.json()["roles"] == [role] == [annonce["comptes"][compte]["role"]]
        assert reponse.json()["organisation"] == annonce["comptes"][compte]["organisation"]


def test_the_first_organisations_share_nothing_with_the_others(jetable: Lancement) -> None:
    comptes = jetable.pret()["comptes"]
    par_organisation = {compte["organisation"] for compte in comptes.values()}
    assert len(par_organisation) == 7


def test_the_clock_moves_when_told_and_only_then(jetable: Lancement) -> None:
    horloge = jetable.pret()["horloge"]
    assert httpx.get(f"{horloge}/").json() == {"maintenant": "2026-01-05T08:00:00+00:00"}
    avance = httpx.post(f"{horloge}/avancer", json={"jours": 62}, timeout=60)
    assert avance.json() == {"maintenant": "2026-03-08T08:00:00+00:00"}
    assert httpx.get(f"{horloge}/").json() == avance.json()
    assert httpx.post(f"{horloge}/avancer", json={"jours": -1}).status_code == 422


def test_killed_outright_it_leaves_no_process_and_no_folder(lancer: Lancer) -> None:
    lancement = lancer()
    annonce = lancement.pret()
    assert httpx.post(f"{annonce['horloge']}/avancer", json={"jours": 1}).status_code == 409
    famille = lancement.famille()
    assert len(famille) >= 6
    lancement.processus.kill()
    assert psutil.wait_procs(famille, 30)[1] == []
    attendre(lambda: list(lancement.provisoire.iterdir()) == [], 20)


def test_asked_to_stop_while_it_starts_it_stops(lancer: Lancer) -> None:
    lancement = lancer()
    attendre(lambda: "Les bases se préparent" in lancement.dit, 60)
    famille = lancement.famille()
    assert lancement.terminer() == 130
    assert psutil.wait_procs(famille, 20)[1] == []
    assert list(lancement.provisoire.iterdir()) == []
    assert lancement.lignes == []


def test_kept_data_keep_accounts_clock_and_story(lancer: Lancer, tmp_path: Path) -> None:
    """Interrupted, the demonstration's year goes on where it was; once played, it is not played again."""
    garde = ("--donnees", str(tmp_path / "donnees"))
    first = lancer("--horloge", "2026-01-05", *garde)
    before = first.pret()
    assert first.terminer() == 0

    begun = lancer("--jeu", "s1", *garde)
    attendre(lambda: "31/01/2026" in begun.dit or begun.processus.poll() is not None, 200)
    assert begun.terminer() == 130, begun.dit
    going_on = lancer("--jeu", "s1", *garde)
    attendre(lambda: "28/02/2026" in going_on.dit or going_on.processus.poll() is not None, 200)
    assert going_on.terminer() == 130, going_on.dit
    assert "31/01/2026" not in going_on.dit

    memoire = tmp_path / "donnees" / "jeu-s1.json"
    memoire.write_text(json.dumps({**json.loads(memoire.read_text()), "jour": str(FIN)}))
    played = lancer("--jeu", "s1", *garde)
    after = played.pret()
    assert "L'année se joue" not in played.dit
    assert httpx.get(after["horloge"]).json()["maintenant"] >= "2026-02-28"
    for compte, avant in before["comptes"].items():
        assert after["comptes"][compte] == {**avant, "jeton": after["comptes"][compte]["jeton"]}
        assert moi({**after, "comptes": before["comptes"]}, compte).status_code == 200
    assert played.terminer() == 0


def test_data_of_the_real_time_take_no_simulated_clock(lancer: Lancer, tmp_path: Path) -> None:
    (tmp_path / "donnees" / "postgres").mkdir(parents=True)
    lancement = lancer("--horloge", "2026-01-05", "--donnees", str(tmp_path / "donnees"))
    assert lancement.processus.wait(120) == 1
    assert "sont à l'heure de la machine" in " ".join(lancement.dit.split())
