"""`maillage banc`. The bench measures this program from outside: here it is a program of its own, never imported."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from deploy.terminal import Impossible, en_une_phrase


def banc(
    sortie: Annotated[Path, typer.Option(help="Fichier JSON des mesures.")] = Path("build/bench.json"),
    rapide: Annotated[bool, typer.Option(help="Petites tailles, pour essayer le banc lui-même.")] = False,
) -> None:
    """Mesure Maillage à côté d'autres outils, sur le même serveur."""
    with en_une_phrase():
        if find_spec("bench") is None:
            raise Impossible("Le banc ne fait pas partie de l'image : lancez-le depuis le dépôt, avec `make bench`.")
        options = ["--sortie", str(sortie), *(["--rapide"] if rapide else [])]
        os.execv(sys.executable, [sys.executable, "-m", "bench", *options])  # noqa: S606 - it takes this process's place
