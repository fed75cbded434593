"""Imports stand at the top of their module: what a module needs is read there, and a circle cannot hide in a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.lancement import RACINE

DOSSIERS = ("contracts", "jeu", "services", "deploy", "bench", "captures")

PERMIS = {
    # `maillage --help` answers in a second; reading the services takes seven times as long.
    "deploy/cli/deploiement.py": {
        "servir": {"deploy.exploitation.service"},
        "migrer": {"deploy.exploitation"},
        "reconstruire": {"deploy.exploitation"},
        "rejouer": {"deploy.exploitation"},
        "docteur": {"deploy.exploitation.docteur"},
        "ouvrir": {"deploy.exploitation"},
        "fermer": {"deploy.exploitation"},
    },
    # OpenTelemetry's exporter is read only where traces are sent: a fifth of a second, four megabytes.
    "deploy/exploitation/service.py": {"traces": {"services.socle.base.exporting"}},
    # As for the first, and the nursery must begin to read before we do.
    "deploy/cli/machine.py": {
        "demo": {"deploy.demonstration.demo"},
        "local": {"deploy.demonstration", "deploy.demonstration.menages", "deploy.machine.local"},
    },
    # Django, of the `bench` extra, reads its models only once it knows its settings.
    "bench/pair_django/lancement.py": {
        "_preparer": {
            "django", "django.contrib.auth", "django.core.management", "rest_framework.authtoken.models",
            "bench.pair_django.api", "bench.pair_django.models",
        },
    },
    "bench/pair_django/pages/lancement.py": {
        "_preparer": {
            "django", "django.contrib.auth", "django.contrib.sessions.backends.db", "django.core.management",
        },
    },
}  # fmt: skip
"""File → function → what it may import."""


def dans_des_fonctions(fichier: Path) -> Iterator[tuple[str, str]]:
    """(function, module) for each import inside a function."""
    for fonction in ast.walk(ast.parse(fichier.read_text())):
        if isinstance(fonction, ast.FunctionDef | ast.AsyncFunctionDef):
            for noeud in ast.walk(fonction):
                if isinstance(noeud, ast.ImportFrom):
                    yield fonction.name, noeud.module or "."
                elif isinstance(noeud, ast.Import):
                    yield from ((fonction.name, alias.name) for alias in noeud.names)


@pytest.mark.parametrize("dossier", DOSSIERS)
def test_no_import_hides_in_a_function(dossier: str) -> None:
    fichiers = sorted((RACINE / dossier).rglob("*.py"))
    assert fichiers
    for fichier in fichiers:
        permis = PERMIS.get(str(fichier.relative_to(RACINE)), {})
        for fonction, module in dans_des_fonctions(fichier):
            if "node_modules" not in fichier.parts:
                assert module in permis.get(fonction, set()), f"{fichier}: {fonction} imports {module}"


def test_what_is_permitted_is_still_needed() -> None:
    for nom, fonctions in PERMIS.items():
        trouves = set(dans_des_fonctions(RACINE / nom))
        assert trouves == {(fonction, module) for fonction, modules in fonctions.items() for module in modules}
