"""Decision 0003: an event added to a chapter breaks the type check of every fold that reads that chapter.

mypy runs once over the services, with one invented event in each chapter (shadow files: nothing is written beside the
sources). What a function reads is taken from its annotations, so that a fold written tomorrow is held to it as well.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, NamedTuple, get_args

import pytest

import contracts
import services
from contracts import dossiers, notifications, partenaires
from services.dossiers.app import VUES as VUES_DOSSIERS
from services.dossiers.chapitres.parcours import Jalon
from services.dossiers.vues import frise as vue_frise
from services.notifications.app import VUES as VUES_NOTIFICATIONS
from services.partenaires.app import VUES as VUES_PARTENAIRES
from services.portail.pages.dossiers import _frise as frise
from services.socle.facts.chapter import Chapter
from services.socle.views.view import Fiche, View, classes

RACINE = Path(contracts.__file__).parent.parent
CACHE = RACINE / ".mypy_cache" / "totalite"
VUES: tuple[View, ...] = (*VUES_DOSSIERS, *VUES_PARTENAIRES, *VUES_NOTIFICATIONS)

pytestmark = pytest.mark.timeout(600)  # without a cache, mypy reads every library once


class Erreur(NamedTuple):
    fichier: str
    ligne: int
    texte: str

    @property
    def inventes(self) -> int:
        """How many types the message says are not expected: mypy names the first, and counts the others."""
        refuse = self.texte.partition("; expected")[0]
        autres = re.search(r"<(\d+) more items>", refuse)
        return len(re.findall(r"\bInvente\w+", refuse)) + (int(autres[1]) if autres else 0)


class Lecteur(NamedTuple):
    """A function one of whose parameters is an event of whole chapters."""

    fichier: str
    nom: str
    debut: int
    fin: int
    chapitres: frozenset[str]
    distingue: bool
    """It tells events apart (`match`, `issubclass`); others pass them on, or ask one question about them."""


def membres(union: Any) -> frozenset[type]:
    return frozenset(get_args(union) or (union,))


def _chapitres() -> Iterator[tuple[str, frozenset[type]]]:
    for service in (dossiers, partenaires, notifications):
        for sous in pkgutil.iter_modules(service.__path__):
            module = importlib.import_module(f"{service.__name__}.{sous.name}")
            if hasattr(module, "Event"):
                yield module.__name__, membres(module.Event)


CHAPITRES = dict(_chapitres())


def entiers(union: Any) -> frozenset[str]:
    """The chapters whose every event is in the union."""
    return frozenset(nom for nom, events in CHAPITRES.items() if events <= membres(union))


def _modules() -> Iterator[ModuleType]:
    for trouve in pkgutil.walk_packages(services.__path__, "services."):
        yield importlib.import_module(trouve.name)
    yield importlib.import_module("contracts.flux")


def _alias(module: ModuleType, annotation: ast.expr | None) -> frozenset[str]:
    """The chapters named by an annotation: by a union's name (`Read`, `orientation.Event`), not by one event's class."""
    match annotation:
        case ast.BinOp(left=gauche, op=ast.BitOr(), right=droite):
            return _alias(module, gauche) | _alias(module, droite)
        case ast.Subscript(value=ast.Name(id="Recorded" | "type"), slice=dedans):
            return _alias(module, dedans)
        case ast.Name() | ast.Attribute():
            *chemin, nom = ast.unparse(annotation).split(".")
            lieu: Any = module
            for partie in chemin:
                lieu = getattr(lieu, partie, None)
            valeur = getattr(lieu, nom, None)
            if isinstance(valeur, type | UnionType) and getattr(valeur, "__name__", "") != nom:
                return entiers(valeur)
    return frozenset()


@cache
def lecteurs() -> tuple[Lecteur, ...]:
    trouves = []
    for module in _modules():
        assert module.__file__
        fichier = Path(module.__file__)
        for noeud in ast.walk(ast.parse(fichier.read_text())):
            if not isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lus = frozenset[str]().union(*(_alias(module, argument.annotation) for argument in noeud.args.args))
            if lus:
                distingue = any(
                    isinstance(n, ast.Match) or isinstance(n, ast.Name) and n.id == "issubclass"
                    for n in ast.walk(noeud)
                )
                chemin = fichier.relative_to(RACINE).as_posix()
                trouves.append(Lecteur(chemin, noeud.name, noeud.lineno, noeud.end_lineno or 0, lus, distingue))
    return tuple(trouves)


def _inventer(chapitre: str, dossier: Path) -> list[str]:
    """mypy's arguments that put a copy of the chapter with one more event in its place."""
    source = RACINE / f"{chapitre.replace('.', '/')}.py"
    nom = f"Invente{chapitre.removeprefix('contracts.').title().replace('.', '').replace('_', '')}"
    texte, fois = re.subn(
        r"^Event: TypeAlias = \(?",
        lambda debut: f"class {nom}(Message, frozen=True): ...\n\n\n{debut[0]}{nom} | ",
        source.read_text(),
        flags=re.MULTILINE,
    )
    assert fois == 1, chapitre
    copie = dossier / f"{chapitre}.py"
    copie.write_text(texte)
    return ["--shadow-file", str(source), str(copie)]


@pytest.fixture(scope="module")
def erreurs(tmp_path_factory: pytest.TempPathFactory, processus: None) -> list[Erreur]:
    dossier = tmp_path_factory.mktemp("inventes")
    if not CACHE.exists():
        # What `make check` has read of the libraries need not be read again.
        for deja in CACHE.parent.glob("3.*"):
            shutil.copytree(deja, CACHE / deja.name)
    inventes = [argument for chapitre in CHAPITRES for argument in _inventer(chapitre, dossier)]
    affichage = ["--hide-error-context", "--no-pretty", "--no-color-output", "--no-error-summary"]
    dit = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(CACHE), *affichage, *inventes, "contracts", "services"],
        cwd=RACINE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lues = [re.match(r"(.+?):(\d+): error: (.+)", ligne) for ligne in dit.stdout.splitlines()]
    assert dit.returncode == 1, dit.stdout + dit.stderr
    return [Erreur(lue[1], int(lue[2]), lue[3]) for lue in lues if lue]


def test_the_invented_events_are_all_there_is_to_say(erreurs: list[Erreur]) -> None:
    assert [erreur for erreur in erreurs if "Invente" not in erreur.texte] == []


@pytest.mark.parametrize("chapitre", CHAPITRES)
def test_every_chapter_is_read(chapitre: str) -> None:
    assert any(lecteur.distingue and chapitre in lecteur.chapitres for lecteur in lecteurs())


@pytest.mark.parametrize(
    "lecteur", [lecteur for lecteur in lecteurs() if lecteur.distingue], ids=lambda f: f"{f.fichier}:{f.nom}"
)
def test_a_new_event_breaks_every_fold_of_its_chapter(lecteur: Lecteur, erreurs: list[Erreur]) -> None:
    ici = [e for e in erreurs if e.fichier == lecteur.fichier and lecteur.debut <= e.ligne <= lecteur.fin]
    nombre = len(lecteur.chapitres)
    if lecteur.nom == "evolve" and lecteur.chapitres > entiers(Jalon):
        # A chapter hands the milestones on, to `avancer`, which is total: what is not one of them cannot be handed on.
        assert any('"avancer" has incompatible type' in e.texte for e in ici), ici
    else:
        assert any('"assert_never"' in e.texte and e.inventes == nombre for e in ici), (nombre, ici)


def test_no_file_reads_a_chapter_without_a_total_fold_of_it() -> None:
    """A function that passes its event on, or asks one question of it, does so beside one that is total."""
    totaux = {
        (lecteur.fichier, chapitre) for lecteur in lecteurs() if lecteur.distingue for chapitre in lecteur.chapitres
    }
    lus = {(lecteur.fichier, chapitre) for lecteur in lecteurs() for chapitre in lecteur.chapitres}
    assert lus == totaux


@pytest.mark.parametrize("vue", VUES, ids=lambda v: f"{v.table.schema}.{v.name}")
def test_a_view_reads_whole_chapters(vue: View) -> None:
    lues = membres(vue.reads)
    assert lues == frozenset[type]().union(*(CHAPITRES[c] for c in entiers(vue.reads)))
    pli = vue.fold if isinstance(vue, Fiche) else vue.lines
    [lecteur] = [f for f in lecteurs() if f.nom == pli.__name__ and f.fichier == _fichier(pli)]
    assert lecteur.chapitres == entiers(vue.reads), "the fold's annotation is what the view declares"
    assert set(classes(vue)) == lues - (membres(vue.ignores) if vue.ignores else frozenset())
    assert classes(vue)


def test_a_chapter_reads_whole_chapters() -> None:
    regles = [(m.__name__, r) for m in _modules() for r in vars(m).values() if isinstance(r, Chapter)]
    assert len(regles) > 12
    for ou, regle in regles:
        lues = frozenset(regle.reads)
        assert lues == frozenset[type]().union(*(events for events in CHAPITRES.values() if events <= lues)), ou


def test_the_timeline_tells_all_that_it_is_sent() -> None:
    assert membres(frise.Fait) == set(classes(vue_frise.projection))


def _fichier(fonction: Any) -> str:
    fichier = sys.modules[fonction.__module__].__file__
    assert fichier
    return Path(fichier).relative_to(RACINE).as_posix()
