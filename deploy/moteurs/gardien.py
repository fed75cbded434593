"""Keeps one server alive exactly as long as the process that asked for it.

Run as its own little process (standard library only, `python -I -S gardien.py …`), between the owner and the server:

- a line on standard input is a signal number, passed on to the server;
- the end of standard input, or an owner that is gone (killed with -9 included), stops the server and, when asked,
  removes its directory;
- should this guardian itself be killed, Linux signals the server (PR_SET_PDEATHSIG).

A death signal on the server alone is not enough: Linux ties it to the *thread* that started the child, and clears it
when the child changes user, which PostgreSQL under root must do.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
DELAI_ARRET = 15.0


def mourir_avec_le_parent(signum: int) -> Callable[[], None] | None:
    """What the child runs just before exec, after it changed user."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: loading after it could wait forever on a lock

    def demander() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signum)

    return demander


def relayer(serveur: subprocess.Popen[bytes], orphelin: threading.Event) -> None:
    for line in sys.stdin:
        serveur.send_signal(int(line))
    orphelin.set()


def veiller(serveur: subprocess.Popen[bytes], signal_fin: int, jeter: str | None) -> int:
    parent, orphelin = os.getppid(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: orphelin.set())
    threading.Thread(target=relayer, args=(serveur, orphelin), daemon=True).start()
    while serveur.poll() is None:
        # A fork of the owner may hold the pipe open after the owner's death: the parent's id tells the truth.
        if orphelin.is_set() or os.getppid() != parent:
            arreter(serveur, signal_fin)
            if jeter:
                shutil.rmtree(jeter, ignore_errors=True)
            break
        try:
            serveur.wait(timeout=0.25)
        except subprocess.TimeoutExpired:
            continue
    return serveur.wait()


def arreter(serveur: subprocess.Popen[bytes], signum: int) -> None:
    serveur.send_signal(signum)
    try:
        serveur.wait(DELAI_ARRET)
    except subprocess.TimeoutExpired:
        serveur.kill()


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--journal", required=True)
    options.add_argument("--dossier")
    options.add_argument("--utilisateur", nargs=2, type=int, metavar=("UID", "GID"))
    options.add_argument("--signal-fin", type=int, default=int(signal.SIGTERM))
    options.add_argument("--jeter")
    options.add_argument("commande", nargs="+")
    args = options.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uid, gid = args.utilisateur or (None, None)
    with open(args.journal, "ab") as journal:
        serveur = subprocess.Popen(
            args.commande,
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            cwd=args.dossier,
            user=uid,
            group=gid,
            extra_groups=[] if uid is not None else None,
            restore_signals=True,
            preexec_fn=mourir_avec_le_parent(args.signal_fin),  # noqa: PLW1509 - no thread exists yet
        )
    print(serveur.pid, flush=True)
    return veiller(serveur, args.signal_fin, args.jeter)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)  # the thread reading standard input must not hold the exit
