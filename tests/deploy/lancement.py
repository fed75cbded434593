"""The command `maillage` as an outside tool starts it: a process of its own, its output read as it comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from tests.infra import attendre

RACINE = Path(__file__).parents[2]


class Lancement:
    """`maillage local --json` with more options, under more variables (`reglages`). `dit` is what it said on standard error
    so far, `provisoire` where it makes its temporary files."""

    def __init__(self, dossier: Path, *options: str, **reglages: str) -> None:
        self._sortie, self._erreurs, self.provisoire = dossier / "sortie", dossier / "erreurs", dossier / "tmp"
        self.provisoire.mkdir()
        with self._sortie.open("wb") as sortie, self._erreurs.open("wb") as erreurs:
            self.processus = psutil.Popen(
                [sys.executable, "-m", "deploy.cli", "local", "--json", *options],
                cwd=RACINE, stdin=subprocess.DEVNULL, stdout=sortie, stderr=erreurs,
                env={**os.environ, "TMPDIR": str(self.provisoire), **reglages},
            )  # fmt: skip

    @property
    def dit(self) -> str:
        return self._erreurs.read_text()

    @property
    def lignes(self) -> list[str]:
        return self._sortie.read_text().splitlines()

    def pret(self, delai: float = 120.0) -> dict[str, Any]:
        """What it announces once it is ready."""
        attendre(lambda: self.lignes != [] or self.processus.poll() is not None, delai)
        assert self.processus.poll() is None, self.dit
        annonce: dict[str, Any] = json.loads(self.lignes[0])
        return annonce

    def famille(self) -> list[psutil.Process]:
        """Every process it started, and those they started."""
        found: list[psutil.Process] = self.processus.children(recursive=True)
        return found

    def terminer(self) -> int:
        """SIGTERM, then how it ended."""
        self.processus.terminate()
        return int(self.processus.wait(60))

    def tuer(self) -> None:
        """kill -9, if it still runs; what it started goes with it."""
        if self.processus.is_running():
            self.processus.kill()
            self.processus.wait(10)
