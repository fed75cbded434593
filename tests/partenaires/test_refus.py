from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import services.partenaires
from services.partenaires.app import REFUS
from services.socle.web.messages import MOTIFS

DOSSIER = Path(services.partenaires.__file__).parent
TESTS = Path(__file__).parent


def refus_du_code() -> Iterator[tuple[str, set[str]]]:
    """Each `Refus(code, name=…)` of the service: its code or codes, and the names of its details."""
    for fichier in DOSSIER.rglob("*.py"):
        for node in ast.walk(ast.parse(fichier.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refus":
                codes = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
                for code in codes:
                    if (isinstance(code, str) and "_" in code) or code == "inconnu":
                        yield str(code), {str(k.arg) for k in node.keywords}


def test_chaque_refus_a_sa_phrase_et_chaque_phrase_son_refus() -> None:
    dits = {code for code, _ in refus_du_code()}
    assert dits - MOTIFS.keys() == REFUS.keys()


def test_une_phrase_ne_cite_que_ce_que_le_refus_donne() -> None:
    for code, donnes in refus_du_code():
        if code in REFUS:
            cites = {champ for _, champ, _, _ in Formatter().parse(REFUS[code].detail) if champ}
            assert cites <= donnes, code


def test_chaque_refus_est_atteint_par_un_test() -> None:
    ecrits = "".join(f.read_text() for f in TESTS.glob("test_*.py") if f.name != Path(__file__).name)
    atteints = set(re.findall(r'\.refus\(\s*"(\w+)"', ecrits))
    assert {code for code, _ in refus_du_code()} <= atteints


@pytest.mark.parametrize("code", REFUS)
def test_une_phrase_est_complete(code: str) -> None:
    motif = REFUS[code]
    assert motif.detail.endswith(".")
    assert not motif.titre.endswith(".")
    assert motif.statut in (403, 404, 409, 422)
