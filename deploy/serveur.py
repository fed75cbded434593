"""Serves an application of this process on a socket it already holds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import uvicorn


@asynccontextmanager
async def servir(app: Any, prise: socket.socket) -> AsyncIterator[None]:
    """Serve an ASGI app on a bound socket for the time of the block."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    server.capture_signals = nullcontext  # type: ignore[assignment, method-assign]  # signals are the process's, not one server's
    task = asyncio.create_task(server.serve(sockets=[prise]))
    try:
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


def prise_libre() -> socket.socket:
    """A listening socket on a free loopback port: bound here, so that nobody takes the port before we serve."""
    prise = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    prise.bind(("127.0.0.1", 0))
    prise.listen(128)
    return prise
