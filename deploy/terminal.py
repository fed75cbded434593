"""What commands do with the terminal: wait for its signal, write a line for a machine."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import msgspec


async def arret() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    demande = asyncio.Event()
    boucle = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(signum, demande.set)
    await demande.wait()


def ecrire(valeur: Any) -> None:
    """One JSON line on stdout, at once."""
    sys.stdout.write(msgspec.json.encode(valeur).decode() + "\n")
    sys.stdout.flush()
