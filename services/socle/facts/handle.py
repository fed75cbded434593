"""The way of every command: load → enrich → decide → seal → append, and again when somebody else was faster."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from uuid_utils.compat import uuid7

from services.socle.base import tracing
from services.socle.base.points import point
from services.socle.facts.act import Acte
from services.socle.facts.append import Appender, Fact, Part, UncertainWrite, Write
from services.socle.facts.chapter import Chapter, Refus
from services.socle.facts.command import Commande
from services.socle.facts.store import Store

log = structlog.get_logger()
E = TypeVar("E")

ATTEMPTS = 12


class Issue(Struct, frozen=True):
    """What a command came to: the stream it acted on and the version that stream has for it."""

    stream: UUID
    version: int


class Demande(Struct, Generic[E], frozen=True):
    """One command for one stream. `naissance`: it may create the stream. `attendue`: the version the person had in view."""

    stream: UUID
    chapter: Chapter[Any, Any, Any, Any]
    command: Any
    naissance: bool = False
    attendue: int | None = None


class Seal(Protocol):
    """Seals personal data and makes keyed fingerprints (keyring.Trousseau)."""

    async def sceller_tout(
        self, valeurs: Sequence[tuple[Any, UUID]], personne: UUID | None, organisation: UUID
    ) -> list[Any]: ...

    def empreinte(self, data: bytes) -> bytes: ...


class Regie(Struct, Generic[E], frozen=True):
    """What a service adds to the common way. All four are plain functions, wired in its app.py.

    - `personne(history, new)`: whom the events' personal data are about (the key's person), or None
    - `parties(new)`: the organisations that may load the stream from these events on
    - `enrichir(command, history, acte)`: the command with what lies outside its stream; may raise Refus
    - `suite(stream, command, history, new, acte)`: what must happen in other streams at once, all or nothing
    """

    personne: Callable[[Sequence[E], Sequence[E]], UUID | None]
    parties: Callable[[Sequence[E]], frozenset[UUID]]
    enrichir: Callable[[Any, Sequence[E], Acte], Awaitable[Any]]
    suite: Callable[[UUID, Any, Sequence[E], Sequence[E], Acte], Sequence[Demande[E]]]


class Handler(Generic[E]):
    """Executes commands of one service."""

    def __init__(self, store: Store[E], appender: Appender, seal: Seal, regie: Regie[E]) -> None:
        self._store, self._appender, self._seal, self._regie = store, appender, seal, regie
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._queued: defaultdict[UUID, int] = defaultdict(int)

    async def executer(self, demande: Demande[E], acte: Acte) -> Issue:
        """The command's effect, once, whatever happens in between. Raises Refus.

        The same command id with the same content answers the same again; with another content it is refused
        (`commande_deja_utilisee`). A version conflict is tried again, unless the person named the version they had in
        view (`version_perimee`). When the database broke off before answering, the command id tells what happened.
        """
        with tracing.span(f"commande {type(demande.command).__name__}"):
            return await self._execute(demande, acte)

    async def _execute(self, demande: Demande[E], acte: Acte) -> Issue:
        point("commande.recue")
        fingerprint = self._fingerprint(demande, acte)
        for attempt in range(ATTEMPTS):
            try:
                async with self._turn(demande.stream):
                    issue = await self._once(demande, acte, fingerprint)
            except UncertainWrite:
                if attempt == ATTEMPTS - 1:
                    raise
                issue = None
            if issue is not None:
                return issue
            await asyncio.sleep(random.random() * 0.002 * 2 ** min(attempt, 7))
        raise Refus("trop_de_conflits")

    async def _once(self, demande: Demande[E], acte: Acte, fingerprint: bytes) -> Issue | None:
        """One attempt; None when somebody else wrote first."""
        history = await self._store.load(demande.stream, acte.organisation, acte.roles, acte.commande)
        if (known := history.command) is not None:
            if known.fingerprint != fingerprint:
                raise Refus("commande_deja_utilisee")
            return Issue(known.stream, known.version)
        if history.version == 0 and not demande.naissance:
            raise Refus("inconnu")
        if demande.attendue is not None and demande.attendue != history.version:
            raise Refus("version_perimee", attendue=demande.attendue, actuelle=history.version)

        command = await self._regie.enrichir(demande.command, history.events, acte)
        new = self._decide(demande, command, history.events, acte)
        point("commande.decidee")
        async with AsyncExitStack() as turns:
            parts = [await self._part(demande, history.version, history.events, new, acte)]
            for other in self._regie.suite(demande.stream, command, history.events, new, acte):
                await turns.enter_async_context(self._turn(other.stream))
                parts.append(await self._other(other, acte))
            point("commande.scellee")
            with tracing.span("ajout", tracing.SpanKind.PRODUCER):
                write = Write(
                    parts, acte.organisation, acte.membre, acte.commande, fingerprint, acte.instant, acte.correlation,
                    tracing.current(),
                )  # fmt: skip
                won = await self._appender.append(write)
            if not won:
                return None
        point("commande.acquise")
        issue = Issue(demande.stream, history.version + len(new))
        log.info(
            "commande", commande=type(demande.command).__name__, stream=str(issue.stream), version=issue.version,
            faits=[type(e).__name__ for e in new],
        )  # fmt: skip
        return issue

    async def _other(self, demande: Demande[E], acte: Acte) -> Part:
        history = await self._store.load(demande.stream, acte.organisation, acte.roles, acte.commande)
        new = self._decide(demande, demande.command, history.events, acte)
        return await self._part(demande, history.version, history.events, new, acte)

    @staticmethod
    def _decide(demande: Demande[E], command: Any, history: Sequence[E], acte: Acte) -> list[E]:
        new: list[E] = demande.chapter.decide(command, demande.chapter.state(history), acte)
        return new

    async def _part(
        self, demande: Demande[E], version: int, history: Sequence[E], new: Sequence[E], acte: Acte
    ) -> Part:
        codec = self._store.codec
        ids = [uuid7() for _ in new]
        # Always through the seal: it costs nothing without personal text, and refuses one that nobody is named for.
        sealed = await self._seal.sceller_tout(
            list(zip(new, ids, strict=True)), self._regie.personne(history, new), acte.organisation
        )
        facts = [
            Fact(id_, type(event).__name__, codec.schema_version(event), codec.encode(event))
            for id_, event in zip(ids, sealed, strict=True)
        ]
        return Part(demande.stream, version, facts, self._regie.parties(new) | {acte.organisation})

    def _fingerprint(self, demande: Demande[E], acte: Acte) -> bytes:
        """Recognises the same command. Keyed: a bare hash over a name would let anyone who reads the table guess it."""
        body = demande.command
        content = body.model_dump_json().encode() if isinstance(body, Commande) else msgspec.json.encode(body)
        return self._seal.empreinte(b"\x00".join((demande.stream.bytes, type(body).__name__.encode(), content)))

    @asynccontextmanager
    async def _turn(self, stream: UUID) -> AsyncIterator[None]:
        """Commands of this process for one stream go one after the other: waiting is cheaper than losing and retrying."""
        self._queued[stream] += 1
        try:
            async with self._turns[stream]:
                yield
        finally:
            self._queued[stream] -= 1
            if not self._queued[stream]:
                del self._queued[stream], self._turns[stream]
