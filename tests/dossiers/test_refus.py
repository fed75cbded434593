from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import services.dossiers
from services.dossiers.app import REFUS
from services.socle.web.messages import MOTIFS

SERVICE = Path(services.dossiers.__file__).parent
TESTS = Path(__file__).parent
# A request that is over says why in the words of its end (orientation.Terminee), which late answers are refused with.
REFUSENT = {"Refus", "Terminee"}


def refus_du_code(dossier: Path = SERVICE) -> Iterator[tuple[str, set[str]]]:
    """Each refusal written in the service: its code, and the names of its details."""
    for fichier in sorted(dossier.rglob("*.py")):
        for noeud in ast.walk(ast.parse(fichier.read_text())):
            match noeud:
                case ast.Call(func=ast.Name(id=nom), args=[ast.Constant(value=code), *_]) if nom in REFUSENT:
                    yield str(code), {str(detail.arg) for detail in noeud.keywords}


def test_chaque_refus_a_sa_phrase_et_chaque_phrase_son_refus() -> None:
    assert {code for code, _ in refus_du_code()} - MOTIFS.keys() == REFUS.keys() - MOTIFS.keys()


def test_une_phrase_ne_cite_que_ce_que_le_refus_donne() -> None:
    for code, donnes in refus_du_code():
        if code in REFUS:
            cites = {champ for _, champ, _, _ in Formatter().parse(REFUS[code].detail) if champ}
            assert cites <= donnes, code


def test_chaque_refus_d_une_regle_est_atteint_par_un_test() -> None:
    ecrits = "".join(f.read_text() for f in TESTS.glob("test_*.py") if f.name != Path(__file__).name)
    atteints = set(re.findall(r'"(\w+)"', "".join(re.findall(r"\.refus\([^)]*\)", ecrits))))
    parametres = set(re.findall(r'\}, "(\w+)"\)', ecrits))
    assert {code for code, _ in refus_du_code(SERVICE / "chapitres")} <= atteints | parametres


@pytest.mark.parametrize("code", REFUS)
def test_une_phrase_est_complete(code: str) -> None:
    motif = REFUS[code]
    assert motif.detail.endswith(".")
    assert not motif.titre.endswith(".")
    assert motif.statut in (403, 404, 409, 422)
