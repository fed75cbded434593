"""What commands do with the terminal: run to their end, wait for its signal, write a line for a machine."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import msgspec
import uvloop
from rich.console import Console

from deploy.moteurs.processus import MoteurIndisponible
from services.socle.base import logging
from services.socle.base.settings import ReglageInvalide

T = TypeVar("T")

DEPART = time.monotonic()
"""When this program began, near enough: the command reads this module before anything long."""


class Impossible(Exception):
    """What was asked cannot be done; the message is a French sentence for the person at the terminal."""


def lancer(travail: Coroutine[Any, Any, int | None]) -> NoReturn:
    """Run to the end, then exit with its code; what cannot be done is one sentence on stderr and exit code 1."""
    logging.configurer("maillage", "warning")
    with en_une_phrase(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(interruptible(travail))
    raise SystemExit(code or 0)


@contextmanager
def en_une_phrase() -> Iterator[None]:
    """What cannot be done is said, and ends the program."""
    try:
        yield
    except (Impossible, MoteurIndisponible, ReglageInvalide, OSError, TimeoutError) as error:
        Console(stderr=True, highlight=False).print(str(error) or type(error).__name__, style="red", markup=False)
        raise SystemExit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit(130) from None


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
