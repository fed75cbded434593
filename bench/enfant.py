"""Processes of the bench's own: what is said to run « in one process » does, and nothing else runs in it.

A function that runs there is best kept in a module that imports little: the process imports it all before it starts.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

import uvloop
from msgspec import Struct

from services.socle.base import logging

P = ParamSpec("P")
T = TypeVar("T")

_CONTEXTE = multiprocessing.get_context("spawn")  # a forked child would carry our event loop and connections along


class BaseDuPair(Struct, frozen=True):
    """A database of another library's own, on the same server, with an owner of its own."""

    host: str
    port: int
    base: str
    role: str
    mot_de_passe: str


async def dans_un_processus(fonction: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `fonction` returns, called in a fresh process; arguments and result are pickled, exceptions come back."""
    with ProcessPoolExecutor(1, mp_context=_CONTEXTE) as executor:
        return await asyncio.get_running_loop().run_in_executor(executor, partial(fonction, *args, **kwargs))


async def dans_une_boucle(fonction: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for an asynchronous function, on the event loop the services run on."""
    return await dans_un_processus(_boucle, partial(fonction, *args, **kwargs))


def _boucle(fonction: Callable[[], Coroutine[Any, Any, T]]) -> T:
    logging.configurer("banc", "error")
    gc.freeze()  # what was imported is no garbage of what is measured
    return uvloop.run(fonction())
