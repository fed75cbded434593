"""One server process that belongs to the process that started it, and never outlives it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GARDIEN = Path(__file__).with_name("gardien.py")


class MoteurIndisponible(RuntimeError):
    """A server could not be started; the message is a French sentence for the person at the terminal."""


class Processus:
    """A running server. Its output goes to `journal`; `jeter` is removed if the owner dies without stopping it."""

    def __init__(
        self,
        commande: Sequence[str],
        journal: Path,
        *,
        dossier: Path | None = None,
        env: Mapping[str, str] | None = None,
        utilisateur: tuple[int, int] | None = None,
        signal_fin: signal.Signals = signal.SIGTERM,
        jeter: Path | None = None,
    ) -> None:
        options = ["--journal", str(journal), "--signal-fin", str(int(signal_fin))]
        if dossier:
            options += ["--dossier", str(dossier)]
        if utilisateur:
            options += ["--utilisateur", str(utilisateur[0]), str(utilisateur[1])]
        if jeter:
            options += ["--jeter", str(jeter)]
        self.journal = journal
        self._gardien = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GARDIEN), *options, "--", *commande],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
            start_new_session=True,  # Ctrl-C reaches the owner alone, which then stops its servers in order
        )
        assert self._gardien.stdout
        first = self._gardien.stdout.readline()
        if not first:
            raise MoteurIndisponible(f"Impossible de lancer {commande[0]} : {self.fin_du_journal()}")
        self.pid = int(first)

    @property
    def vivant(self) -> bool:
        return self._gardien.poll() is None

    def signaler(self, signum: signal.Signals) -> None:
        """Pass a signal to the server; nothing if it has ended."""
        assert self._gardien.stdin
        try:
            self._gardien.stdin.write(f"{int(signum)}\n")
            self._gardien.stdin.flush()
        except (BrokenPipeError, ValueError):
            return

    def arreter(self, signum: signal.Signals = signal.SIGTERM, delai: float = 20.0) -> None:
        """Signal, wait, and kill what has not ended after `delai` seconds. Safe to call twice."""
        self.signaler(signum)
        try:
            self._gardien.wait(delai)
        except subprocess.TimeoutExpired:
            self.signaler(signal.SIGKILL)
            self._gardien.wait(delai)
        for pipe in (self._gardien.stdin, self._gardien.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def tuer(self) -> None:
        """kill -9: no goodbye, as in a power cut."""
        self.arreter(signal.SIGKILL)

    def fin_du_journal(self, lignes: int = 12) -> str:
        if not self.journal.exists():
            return "(journal vide)"
        return "\n".join(self.journal.read_text(errors="replace").splitlines()[-lignes:])

    def attendre(self, pret: Callable[[], bool], quoi: str, delai: float = 30.0) -> None:
        """Poll `pret` until true. Raises MoteurIndisponible, with the end of the server's log, if it ends or delays."""
        echeance = time.monotonic() + delai
        while not pret():
            if not self.vivant:
                raise MoteurIndisponible(f"{quoi} s'est arrêté au démarrage :\n{self.fin_du_journal()}")
            if time.monotonic() > echeance:
                raise MoteurIndisponible(f"{quoi} ne répond pas après {delai:.0f} s :\n{self.fin_du_journal()}")
            time.sleep(0.02)


def port_libre() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_ouvert(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
