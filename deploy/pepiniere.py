"""Runs the services of one machine, each in a process of its own, from a single reading of the program.

Reading it (FastAPI, SQLAlchemy, FastStream…) takes some three seconds of processor, so that each service on its own would
double the time to start a machine of two cores. One process reads it once, while the databases are being prepared, then
forks: it has no thread and no event loop, which is the one moment at which forking is safe.

`python -m deploy.pepiniere FICHIER` waits until FICHIER holds the services to run, then runs them until SIGTERM.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec
from msgspec import Struct

from deploy.moteurs.processus import MoteurIndisponible, Processus

PR_SET_PDEATHSIG = 1
PATIENCE = 10
"""Seconds a service has to stop by itself, before it is killed: what it waits for may be gone already."""


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
            [sys.executable, "-m", "deploy.pepiniere", str(self._fichier)],
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


def main(fichier: Path) -> None:
    from deploy import cli, service  # noqa: F401 - read here, so that those who are forked have them

    while not fichier.exists():
        time.sleep(0.02)
    enfants = {_planter(s) for s in msgspec.json.decode(fichier.read_bytes(), type=list[Service])}

    def transmettre(signum: int, _: FrameType | None) -> None:
        for enfant in enfants:
            os.kill(enfant, signal.SIGKILL if signum == signal.SIGALRM else signal.SIGTERM)
        signal.alarm(PATIENCE)

    signal.signal(signal.SIGTERM, transmettre)
    signal.signal(signal.SIGALRM, transmettre)
    while enfants:
        pid, _ = os.wait()
        enfants.discard(pid)


def _planter(s: Service) -> int:
    """The id of a new process that serves `s`; in that process, never returns."""
    libc = ctypes.CDLL(None)  # loaded before the fork: loading after it could wait for a lock for ever
    pid = os.fork()
    if pid == 0:
        if sys.platform.startswith("linux"):
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _servir(s)
    neuf = s.pid.with_suffix(".neuf")
    neuf.write_text(str(pid))
    os.replace(neuf, s.pid)
    return pid


def _servir(s: Service) -> NoReturn:
    """`maillage servir`, under the settings and with the log it was given."""
    from deploy.cli import app

    journal = os.open(s.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(journal, sys.stdout.fileno())
    os.dup2(journal, sys.stderr.fileno())
    os.environ.update(s.reglages)
    app(["servir", s.nom, "--port", str(s.port)])
    raise AssertionError("the command exits by itself")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
