"""One list of pages, and one name for each: its module, its template, its test and its address say the same."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.portail import erreurs, sommaire

PORTAIL = Path(sommaire.__file__).parent
TESTS = Path(__file__).parent / "pages"
SANS_GABARIT_DE_PAGE = ("base.html", "erreurs/", "macros/")
"""The frame, what erreurs.py shows, and what templates share."""
SANS_NOM = frozenset({"accueil", "liste", "fiche"})
"""Of a module whose address names nothing more than its folder does."""


def _noms(racine: Path, motif: str) -> set[str]:
    """« dossiers/point » for each file; a name that begins with « _ » is a piece, and no page."""
    fichiers = (f.relative_to(racine) for f in racine.rglob(motif) if not f.name.startswith(("_", "conftest")))
    return {fichier.with_suffix("").as_posix() for fichier in fichiers}


MODULES = _noms(PORTAIL / "pages", "*.py")


def routes(page: str) -> APIRouter:
    found: APIRouter = import_module(f"services.portail.pages.{page.replace('/', '.')}").routes
    return found


def mots(texte: str) -> list[str]:
    """The words of an address, without its parameters, or of a module's name."""
    return [mot for mot in re.split(r"[/_\-]+", re.sub(r"\{[^}]*\}", "", texte)) if mot]


def test_chaque_page_est_au_sommaire_une_fois() -> None:
    listees = Counter(id(page.routes) for page in sommaire.PAGES)
    assert set(listees.values()) == {1}
    assert {page for page in MODULES if id(routes(page)) not in listees} == set()
    assert len(listees) == len(MODULES)


def test_une_page_son_gabarit_et_son_essai_portent_le_meme_nom() -> None:
    gabarits = _noms(PORTAIL / "gabarits", "*.html")
    de_pages = {nom for nom in gabarits if not f"{nom}.html".startswith(SANS_GABARIT_DE_PAGE)}
    essais = {re.sub(r"(^|/)test_", r"\1", nom) for nom in _noms(TESTS, "*.py")}
    assert MODULES == de_pages
    assert MODULES == essais


@pytest.mark.parametrize("page", sorted(MODULES))
def test_une_page_est_a_son_adresse(page: str) -> None:
    adresses = [route.path for route in routes(page).routes if isinstance(route, APIRoute)]
    dossier = mots(page.rpartition("/")[0])
    voulus = [mot for mot in mots(page) if mot not in SANS_NOM]
    assert voulus in [mots(adresse) for adresse in adresses]
    assert [adresse for adresse in adresses if mots(adresse)[: len(dossier)] != dossier] == []


def test_chaque_page_d_erreur_est_montree_par_quelqu_un() -> None:
    dits = Path(erreurs.__file__).read_text()
    assert {
        nom for nom in _noms(PORTAIL / "gabarits" / "erreurs", "*.html") if f'"erreurs/{nom}.html"' not in dits
    } == set()


def test_le_menu_ne_dit_rien_deux_fois() -> None:
    libelles = [lien.libelle for lien in sommaire.MENU]
    assert len(libelles) == len(set(libelles))
    assert all(lien.pour for lien in sommaire.MENU)
    assert [page for page in sommaire.PAGES if page.pour and not page.menu] == []
