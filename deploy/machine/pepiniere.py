"""Runs the services of one machine, each in a process of its own, from a single reading of the program.

Reading it (FastAPI, SQLAlchemy, FastStream…) takes some three seconds of processor, so that each service on its own would
double the time to start a machine of two cores. One process reads it once (semis.py), while the databases are being prepared,
then forks. This side of it is read in no time, so that whoever needs it can start it first.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from deploy.moteurs.processus import MoteurIndisponible, Processus


class Service(Struct, frozen=True):
    """One service to run: `journal` is the file of its log, `reglages` its variables."""

    nom: str
    port: int
    journal: str
    reglages: Mapping[str, str]

    @property
    def pid(self) -> Path:
        return Path(self.journal).with_suffix(".pid")


class Pepiniere:
    """The process that runs them. It begins to read at once: make it before anything that takes time.

    `dossier` is a folder for the files of this run, removed at the end, also if we are killed.
    """

    def __init__(self) -> None:
        self.dossier = Path(tempfile.mkdtemp(prefix="maillage-"))
        self._fichier = self.dossier / "services.json"
        self._processus = Processus(
            [sys.executable, "-m", "deploy.machine.semis", str(self._fichier)],
            self.dossier / "pepiniere.log",
            jeter=self.dossier,
        )
        self._services: dict[str, Service] = {}

    def lancer(self, services: Sequence[Service]) -> None:
        """Run them; once."""
        self._services = {service.nom: service for service in services}
        for service in services:
            service.pid.unlink(missing_ok=True)
        neuf = self._fichier.with_suffix(".neuf")
        neuf.touch(mode=0o600)  # the settings hold no password, but say where they are
        neuf.write_bytes(msgspec.json.encode(list(services)))
        os.replace(neuf, self._fichier)

    def exiger_vivant(self, nom: str) -> None:
        """Raises MoteurIndisponible, with the end of its log, for a service that has ended."""
        service = self._services[nom]
        if not self._processus.vivant:
            raise MoteurIndisponible(f"Les services se sont arrêtés :\n{self._processus.fin_du_journal()}")
        if service.pid.exists() and not _existe(int(service.pid.read_text())):
            raise MoteurIndisponible(f"Le service {nom} s'est arrêté :\n{self.fin_du_journal(nom)}")

    def fin_du_journal(self, nom: str) -> str:
        journal = Path(self._services[nom].journal)
        return (
            "\n".join(journal.read_text(errors="replace").splitlines()[-12:]) if journal.exists() else "(journal vide)"
        )

    def arreter(self) -> None:
        """All are told at once, then waited for. Safe to call twice."""
        self._processus.arreter()

    def fermer(self) -> None:
        self.arreter()
        shutil.rmtree(self.dossier, ignore_errors=True)


def _existe(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
