"""The code lists: complete, never poorer than what was published, and a deployment may add to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, get_args

import pytest
from msgspec import inspect

from contracts import listes
from contracts.catalogue import CATALOGUE
from contracts.codes import INDEX, LISTES, CodesIllisibles, charger, liste
from contracts.exemples import construire, feuille
from contracts.generer import index_des_codes, main, produire, refus_codes
from contracts.message import Code, Message

EVENEMENTS = [classe for classes in CATALOGUE.values() for classe in classes]
Ecrire = Callable[..., Path]


@pytest.fixture
def extension(tmp_path: Path) -> Ecrire:
    def ecrire(nom: str, *codes: dict[str, Any]) -> Path:
        (tmp_path / f"{nom}.json").write_text(json.dumps({"liste": nom, "titre": "Ajout", "codes": codes}))
        return tmp_path

    return ecrire


def un_code(
    code: str, libelle: str = "Libellé", depuis: str = "2026-06-01", retire_le: str | None = None
) -> dict[str, Any]:
    return {"code": code, "libelle": libelle, "depuis": depuis, "retire_le": retire_le, "source": "Essai"}


def test_un_code_a_un_libelle_et_des_jours() -> None:
    assert liste("motif_refus").libelle("hors_public") == "Hors public"
    assert liste("motif_refus").actif("hors_public", date(2026, 3, 16))
    assert not liste("motif_refus").actif("inconnu", date(2026, 3, 16))
    assert liste("motif_refus").libelle("disparu") == "disparu"
    with pytest.raises(KeyError, match="themes"):
        liste("inconnue")


def test_aucun_code_publie_ne_manque() -> None:
    assert json.loads(INDEX.read_text()) == index_des_codes(charger())
    assert refus_codes(INDEX, charger()) == []


def test_supprimer_un_code_est_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publies = json.loads(INDEX.read_text())
    publies["themes"].append("ancien_theme")
    publies["ancienne_liste"] = ["seul"]
    index = tmp_path / "index.json"
    index.write_text(json.dumps(publies))
    assert main(tmp_path / "schemas", tmp_path / "fixtures", index) == 1
    dit = capsys.readouterr().err
    assert "ancien_theme" in dit
    assert "seul" in dit
    assert "retire_le" in dit
    assert not (tmp_path / "schemas").exists(), "a refusal writes nothing"


def listes_citees(classes: Iterable[type[Message]]) -> dict[tuple[str, str], str]:
    """(class, field) → the list its type names, for every field of these events that holds codes."""
    citees = {}

    def regarder(classe: str, champ: str, type_: inspect.Type, marques: dict[str, Any]) -> None:
        if marques.get("x-code"):
            citees[classe, champ] = marques["x-liste"]

    for classe in classes:
        construire(classe, regarder)
    return citees


def test_chaque_champ_code_a_sa_liste() -> None:
    assert set(listes_citees(EVENEMENTS).values()) <= LISTES.keys()


def test_chaque_liste_a_un_type_et_chaque_type_un_champ() -> None:
    types = {nom: get_args(forme) for nom, forme in vars(listes).items() if nom != "Code" and get_args(forme)}
    nommees = {nom: metas[-1].extra_json_schema["x-liste"] for nom, (_, *metas) in types.items()}
    assert sorted(nommees.values()) == sorted(LISTES), "one type per list, one list per type"
    assert set(listes_citees(EVENEMENTS).values()) == LISTES.keys(), "a list nobody draws from is not published"


class Nouveau(Message, frozen=True):
    titre: ClassVar[str] = "Nouveau"
    couleur: Code


def test_un_code_sans_liste_est_refuse() -> None:
    with pytest.raises(KeyError, match=r"Nouveau\.couleur"):
        produire({"dossiers": (Nouveau,)})


def test_les_exemples_citent_des_codes_en_vigueur() -> None:
    aujourdhui = date(2026, 3, 16)
    vus = []

    def regarder(classe: str, champ: str, type_: inspect.Type, marques: dict[str, Any]) -> Any:
        valeur = feuille(classe, champ, type_, marques)
        if marques.get("x-code"):
            vus.append((classe, champ))
            assert liste(marques["x-liste"]).actif(valeur, aujourdhui), (classe, champ)
        return valeur

    for classe in EVENEMENTS:
        construire(classe, regarder)
    assert vus


def test_un_deploiement_ajoute_renomme_et_retire(extension: Ecrire) -> None:
    extension("themes", un_code("jardin"), un_code("sante", "Santé, bien-être", "1999-01-01", "2027-01-01"))
    etendues = charger(extension("couleurs", un_code("vert")))
    themes = etendues["themes"]
    assert themes.actif("jardin", date(2026, 6, 1))
    assert not themes.actif("jardin", date(2026, 5, 31))
    assert (themes.libelle("sante"), themes.actif("sante", date(2026, 12, 31))) == ("Santé, bien-être", True)
    assert not themes.actif("sante", date(2027, 1, 1))
    assert not themes.actif("sante", date(2005, 1, 1)), "a deployment does not move the day a code began"
    assert themes.keys() > LISTES["themes"].keys()
    assert list(etendues["couleurs"]) == ["vert"]
    assert [entree.code for entree in etendues["couleurs"].actives(date(2026, 5, 1))] == []


@pytest.mark.parametrize(
    "contenu",
    [
        "pas du JSON",
        '{"liste": "autre", "titre": "", "codes": []}',
        '{"liste": "x", "titre": "", "codes": [{"code": "Majuscule"}]}',
        json.dumps({"liste": "x", "titre": "", "codes": [un_code("a"), un_code("a")]}),
        json.dumps({"liste": "x", "titre": "", "codes": [{**un_code("a"), "faute": 1}]}),
    ],
)
def test_un_fichier_fautif_est_nomme(tmp_path: Path, contenu: str) -> None:
    (tmp_path / "x.json").write_text(contenu)
    with pytest.raises(CodesIllisibles, match=r"x\.json"):
        charger(tmp_path)


def test_un_dossier_absent_est_nomme(tmp_path: Path) -> None:
    with pytest.raises(CodesIllisibles, match="MAILLAGE_CODES"):
        charger(tmp_path / "absent")


@pytest.mark.usefixtures("processus")
def test_le_dossier_se_donne_par_l_environnement(extension: Ecrire) -> None:
    dossier = extension("themes", un_code("jardin", "Jardin partagé"))
    dit = subprocess.run(
        [sys.executable, "-c", "from contracts.codes import liste; print(liste('themes').libelle('jardin'))"],
        env={**os.environ, "MAILLAGE_CODES": str(dossier)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert dit.stdout.strip() == "Jardin partagé"
