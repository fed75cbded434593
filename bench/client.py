"""A cheap HTTP client: what drives the servers shares the two cores with them, and must not be what is measured.

One request at a time on each connection, bytes in, status and body out; answers must carry Content-Length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Self, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from bench.mesure import centile
from bench.taille import Taille


class Connexion(asyncio.Protocol):
    """A kept-alive HTTP/1.1 connection. Raises ConnectionError when the server hangs up."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def ouvrir(cls, port: int) -> Self:
        _, connexion = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connexion

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._received) < end + 4 + length or self._answer is None:
            return
        body = bytes(self._received[end + 4 : end + 4 + length])
        self._received.clear()
        if not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    async def demander(self, requete: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        assert self._transport
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(requete)
        return await self._answer

    def fermer(self) -> None:
        if self._transport:
            self._transport.close()


def requete(chemin: str, autorisation: str, commande: UUID, corps: object) -> bytes:
    """A POST of a command."""
    body = msgspec.json.encode(corps)
    return (
        f"POST {chemin} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {autorisation}\r\nIdempotency-Key: {commande}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Debit(Struct, frozen=True):
    """Answers a second, and how long one takes in milliseconds."""

    par_seconde: float
    p50: float
    p99: float


async def pousser(port: int, suivante: Callable[[], bytes], taille: Taille) -> Debit:
    """As many commands as the server takes from `taille.connexions` connections. Raises RuntimeError on any refusal."""
    begin = time.perf_counter() + taille.chauffe
    end = begin + taille.secondes
    spent: list[float] = []

    async def encore() -> None:
        connexion = await Connexion.ouvrir(port)
        while (start := time.perf_counter()) < end:
            status, body = await connexion.demander(suivante())
            if status >= 300:
                raise RuntimeError(f"{status} {body[:300]!r}")
            if start >= begin:
                spent.append(time.perf_counter() - start)
        connexion.fermer()

    await asyncio.gather(*(encore() for _ in range(taille.connexions)))
    rate = len(spent) / (time.perf_counter() - begin)
    return Debit(rate, centile(spent, 0.5) * 1000, centile(spent, 0.99) * 1000)
