"""The pages have words for stages, and decide nothing from them: what may be done, and who is awaited, is asked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.portail import etapes

PORTAIL = Path(etapes.__file__).parent
MOTS = PORTAIL / "etapes.py"
TOUTES = {*etapes.DU_BAILLEUR, *etapes.DE_L_ASSOCIATION}
AUSSI_DES_PAGES = {"adhesion", "adhesion_refusee", "entretien", "clos"}
"""Stages whose names are also those of pages, drafts, messages and indicators: looked for where a stage is compared."""
COMPARE = re.compile(r"etape\b[^%}]*?(==|!=|\bnot in\b|\bin\b\s*[(\[{])")


def noms(source: str) -> Iterator[str]:
    """What a module decides from: names of stages, and comparisons of a dossier's with anything written there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in TOUTES - AUSSI_DES_PAGES:
            yield str(node.value)
        compares = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Match):
            compares = [node.subject]
        yield from (
            ast.unparse(x) for x in compares if isinstance(x, ast.Subscript) and ast.unparse(x.slice) == "'etape'"
        )


def noms_du_gabarit(source: str) -> Iterator[str]:
    """The same of a template."""
    for nom in sorted(TOUTES - AUSSI_DES_PAGES):
        if re.search(rf"[\"']{nom}[\"']", source):
            yield nom
    yield from (found[0] for found in COMPARE.finditer(source))


@pytest.mark.parametrize(
    "source",
    ['x = "orientee"', 'y = vu["etape"] in SUIVIES', 'z = vu["etape"] != "adhesion"', 'match vu["etape"]:\n case 1: 2'],
)
def test_un_module_qui_decide_d_une_etape_est_vu(source: str) -> None:
    assert list(noms(source))


@pytest.mark.parametrize(
    "source", ['{% if vu.etape == "adhesion" %}', '{{ "orientee" }}', '{% if m.etape in ("a", "b") %}']
)
def test_un_gabarit_qui_decide_d_une_etape_est_vu(source: str) -> None:
    assert list(noms_du_gabarit(source))


def test_aucune_page_ne_decide_d_apres_une_etape() -> None:
    modules = {p: noms(p.read_text()) for p in PORTAIL.rglob("*.py") if p != MOTS and "node_modules" not in p.parts}
    gabarits = {p: noms_du_gabarit(p.read_text()) for p in (PORTAIL / "gabarits").rglob("*.html")}
    assert modules
    assert gabarits
    trouves = {str(p.relative_to(PORTAIL)): found for p, n in (modules | gabarits).items() if (found := list(n))}
    assert trouves == {}
