"""What commands do with the terminal: wait for its signal, write a line for a machine."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

DEPART = time.monotonic()
"""When this program began, near enough: the command reads this module before anything long."""


class Impossible(Exception):
    """What was asked cannot be done; the message is a French sentence for the person at the terminal."""


async def interruptible(travail: Coroutine[Any, Any, T]) -> T:
    """`travail`, which SIGTERM cancels as Ctrl-C does: what it started is stopped in order, even half started."""
    tache = asyncio.current_task()
    assert tache is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tache.cancel)
    return await travail


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
