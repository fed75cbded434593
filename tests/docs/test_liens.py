"""What the documents name is there: files behind links, headings, paths between backticks, and each decision in the index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

RACINE = Path(__file__).parents[2]
DOCUMENTS = sorted(
    (*RACINE.glob("README*.md"), RACINE / "CONTRIBUTING.md", RACINE / "CHANGELOG.md", *(RACINE / "docs").rglob("*.md"))
)
DECISIONS = RACINE / "docs" / "decisions"

_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LIEN = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_ENTRE_ACCENTS = re.compile(r"`([^`\n]+)`")
_CHEMIN = re.compile(r"\.?[\w.-]+(/[\w.*-]+)*/?")
_TITRE = re.compile(r"^#+ (.+)$", re.MULTILINE)

SUFFIXES = (".py", ".md", ".sh", ".json", ".yml", ".toml", ".html", ".env", ".lock", ".npmrc", ".properties")
PLACEHOLDERS = frozenset({".env", "_page.html"})
"""Named without a place: the operator's own, and « its folder's »."""

SOUS = (
    "", "contracts", "services/dossiers", "services/dossiers/chapitres", "services/portail", "services/portail/gabarits",
    "services/socle", "tests/portail",
)  # fmt: skip
"""Where a path of a document may begin: a sentence that is about dossiers says `equipe.py`."""


def _texte(document: Path) -> str:
    return _CODE.sub("", document.read_text())


def _ancres(document: Path) -> set[str]:
    """As the pages that show Markdown make them: lower case, words joined by hyphens, the rest dropped."""
    return {
        re.sub(r"[^\w\- ]", "", titre.lower()).replace(" ", "-") for titre in _TITRE.findall(_texte(document))
    }  # fmt: skip


def _manque_de_lien(document: Path, lien: str) -> bool:
    chemin, _, ancre = unquote(lien).partition("#")
    cible = document.parent / chemin if chemin else document
    if not cible.exists():
        return True
    return bool(ancre) and (cible.suffix != ".md" or ancre not in _ancres(cible))


def _chemins(texte: str) -> Iterator[str]:
    """What stands between backticks and can only be a file or a folder of ours."""
    for trouve in _ENTRE_ACCENTS.findall(texte):
        chemin = trouve.removeprefix("./")
        if not _CHEMIN.fullmatch(chemin) or chemin in PLACEHOLDERS:
            continue
        dossier = chemin.endswith("/") or chemin.split("/")[0] in _HAUT and "/" in chemin
        if chemin.endswith(SUFFIXES) or dossier:
            yield chemin


_HAUT = {chemin.name for chemin in RACINE.iterdir()}


def _manque(chemin: str, document: Path) -> bool:
    lieux = (document.parent, *(RACINE / sous for sous in SOUS))
    return not any(any(lieu.glob(chemin)) for lieu in lieux)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.relative_to(RACINE).as_posix())
def test_ce_que_nomme_un_document_existe(document: Path) -> None:
    texte = _texte(document)
    liens = [lien for lien in _LIEN.findall(texte) if not re.match(r"[a-z]+:", lien)]
    assert [lien for lien in liens if _manque_de_lien(document, lien)] == []
    assert [chemin for chemin in _chemins(texte) if _manque(chemin, document)] == []


def test_chaque_decision_est_a_l_index_une_fois_et_dit_ce_qui_a_ete_laisse() -> None:
    fichiers = sorted(f.name for f in DECISIONS.glob("*.md") if f.name != "README.md")
    assert re.findall(r"\]\((\d{4}-[^)]+)\)", (DECISIONS / "README.md").read_text()) == fichiers
    assert [nom[:4] for nom in fichiers] == [f"{n:04}" for n in range(1, len(fichiers) + 1)]
    for nom in fichiers:
        texte = (DECISIONS / nom).read_text()
        assert texte.startswith(f"# {nom[:4]}. "), nom
        assert re.search(r"left aside", texte, re.IGNORECASE), nom


def test_ce_test_regarde_quelque_chose() -> None:
    """A pattern that finds nothing would be green for ever."""
    lus = [_texte(document) for document in DOCUMENTS]
    assert sum(len(_LIEN.findall(texte)) for texte in lus) > 100
    assert sum(len(list(_chemins(texte))) for texte in lus) > 100
