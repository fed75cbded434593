"""The way of every command: load → complete → decide → seal → append, and again when somebody else was faster."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from uuid_utils.compat import uuid7

from services.socle.base import tracing
from services.socle.base.points import point
from services.socle.facts.act import Acte
from services.socle.facts.append import Appender, Fact, Part, UncertainWrite, Write
from services.socle.facts.chapter import Act, Order, Step
from services.socle.facts.command import Commande
from services.socle.facts.refusal import Refus
from services.socle.facts.store import Store

log = structlog.get_logger()
E = TypeVar("E")
D = TypeVar("D")

Gestes: TypeAlias = Mapping[str, Mapping[str, Refus | None]]
"""Of each act, by name, and of each way to ask for it: what the rules would answer; None, it would do something."""

ATTEMPTS = 12


class Issue(Struct, frozen=True):
    """What a command came to: the stream it acted on and the version that stream has for it."""

    stream: UUID
    version: int


class Seal(Protocol):
    """Seals personal data and makes keyed fingerprints (keyring.Trousseau)."""

    async def sceller_tout(
        self, valeurs: Sequence[tuple[Any, UUID]], personne: UUID | None, organisation: UUID
    ) -> list[Any]: ...

    def empreinte(self, data: bytes) -> bytes: ...


class Handler(Generic[E]):
    """Executes commands of one service."""

    def __init__(
        self,
        store: Store[E],
        appender: Appender,
        seal: Seal,
        personne: Callable[[Sequence[E], Sequence[E]], UUID | None],
    ) -> None:
        """`personne(history, new)`: whom the events' personal data are about (the key's person), or None."""
        self._store, self._appender, self._seal, self._personne = store, appender, seal, personne
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._queued: defaultdict[UUID, int] = defaultdict(int)

    async def executer(self, order: Order[E], acte: Acte) -> Issue:
        """The command's effect, once, whatever happens in between. Raises Refus.

        The same command id with the same content answers the same again; with another content it is refused
        (`commande_deja_utilisee`). A version conflict is tried again, unless the person named the version they had in
        view (`version_perimee`). When the database broke off before answering, the command id tells what happened.
        """
        with tracing.span(f"commande {type(order.command).__name__}"):
            return await self._execute(order, acte)

    async def _execute(self, order: Order[E], acte: Acte) -> Issue:
        point("commande.recue")
        fingerprint = self._fingerprint(order)
        for attempt in range(ATTEMPTS):
            try:
                async with self._turn(order.stream):
                    issue = await self._once(order, acte, fingerprint)
            except UncertainWrite:
                if attempt == ATTEMPTS - 1:
                    raise
                issue = None
            if issue is not None:
                return issue
            await asyncio.sleep(random.random() * 0.002 * 2 ** min(attempt, 7))
        raise Refus("trop_de_conflits")

    async def gestes(self, stream: UUID, acts: Iterable[Act[E, D]], dehors: D, acte: Acte) -> Gestes:
        """What the rules would say to each act now, written nowhere. Raises Refus("inconnu") like any command would."""
        history = await self._store.load(stream, acte.organisation, acte.roles, acte.commande)
        if history.version == 0:
            raise Refus("inconnu")
        return {
            act.geste.nom: {
                maniere: await self._essayer(act.order(stream, essai, dehors, None), history.events, acte)
                for maniere, essai in act.essais(history.events).items()
            }
            for act in acts
        }

    async def _essayer(self, order: Order[E], history: Sequence[E], acte: Acte) -> Refus | None:
        try:
            step = await order.step(history, acte)
            for other in step.then:
                then = await self._store.load(other.stream, acte.organisation, acte.roles, acte.commande)
                await other.step(then.events, acte)
        except Refus as refus:
            return refus
        return None if step.new else Refus("deja_fait")

    async def _once(self, order: Order[E], acte: Acte, fingerprint: bytes) -> Issue | None:
        """One attempt; None when somebody else wrote first."""
        history = await self._store.load(order.stream, acte.organisation, acte.roles, acte.commande)
        if (known := history.command) is not None:
            if known.fingerprint != fingerprint:
                raise Refus("commande_deja_utilisee")
            return Issue(known.stream, known.version)
        if history.version == 0 and not order.birth:
            raise Refus("inconnu")
        if order.expected is not None and order.expected != history.version:
            raise Refus("version_perimee", attendue=order.expected, actuelle=history.version)

        step = await order.step(history.events, acte)
        point("commande.decidee")
        async with AsyncExitStack() as turns:
            parts = [await self._part(order.stream, history.version, history.events, step, acte)]
            for other in step.then:
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
        issue = Issue(order.stream, history.version + len(step.new))
        log.info(
            "commande", commande=type(order.command).__name__, stream=str(issue.stream), version=issue.version,
            faits=[type(e).__name__ for e in step.new],
        )  # fmt: skip
        return issue

    async def _other(self, order: Order[E], acte: Acte) -> Part:
        history = await self._store.load(order.stream, acte.organisation, acte.roles, acte.commande)
        step = await order.step(history.events, acte)
        return await self._part(order.stream, history.version, history.events, step, acte)

    async def _part(self, stream: UUID, version: int, history: Sequence[E], step: Step[E], acte: Acte) -> Part:
        codec = self._store.codec
        ids = [uuid7() for _ in step.new]
        # Always through the seal: it costs nothing without personal text, and refuses one that nobody is named for.
        sealed = await self._seal.sceller_tout(
            list(zip(step.new, ids, strict=True)), self._personne(history, step.new), acte.organisation
        )
        facts = [
            Fact(id_, type(event).__name__, codec.schema_version(event), codec.encode(event))
            for id_, event in zip(ids, sealed, strict=True)
        ]
        return Part(stream, version, facts, step.parties | {acte.organisation})

    def _fingerprint(self, order: Order[E]) -> bytes:
        """Recognises the same command. Keyed: a bare hash over a name would let anyone who reads the table guess it."""
        body = order.command
        content = body.model_dump_json().encode() if isinstance(body, Commande) else msgspec.json.encode(body)
        return self._seal.empreinte(b"\x00".join((order.stream.bytes, type(body).__name__.encode(), content)))

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
