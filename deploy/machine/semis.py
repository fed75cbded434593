"""The nursery's other side: reads the program once, forks a process for each service, and ends with them.

It has no thread and no event loop when it forks, which is the one moment at which forking is safe.

`python -m deploy.machine.semis FICHIER` waits until FICHIER holds the services to run, then runs them until SIGTERM.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from deploy.exploitation.service import faire_tourner
from deploy.machine.pepiniere import Service
from deploy.terminal import lancer

PR_SET_PDEATHSIG = 1
PATIENCE = 10
"""Seconds a service has to stop by itself, before it is killed: what it waits for may be gone already."""


def main(fichier: Path) -> None:
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
    """As `maillage servir`, under the settings and with the log it was given."""
    journal = os.open(s.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(journal, sys.stdout.fileno())
    os.dup2(journal, sys.stderr.fileno())
    os.environ.update(s.reglages)
    lancer(faire_tourner(s.nom, "127.0.0.1", s.port, "tout"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
