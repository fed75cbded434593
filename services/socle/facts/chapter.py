"""A chapter decides about one part of a stream, and reads only the events it needs for that.

A dossier lives for years and knows sixty kinds of events. One state for all of them would be everybody's and nobody's;
one stream per chapter would let two chapters contradict each other. So: one stream, one version, many small readers.

Beside its rule a chapter says all that the rest of the house has to know of it: what may be asked of it and under which
name (`gestes`), what it says when it refuses (`refus`), which organisations its events let in (`parties`), and what must
happen in other streams at once (`alors`). These are data: the service's app.py lists its chapters, and everything reads
them there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, cast, get_args
from uuid import UUID

from msgspec import Struct
from typing_extensions import TypeVar

from services.socle.facts.act import Acte
from services.socle.facts.command import Commande
from services.socle.facts.refusal import Motif, Refus

A = TypeVar("A", bound=Commande)
"""What a person or the clock sends."""
C = TypeVar("C")
"""What the chapter decides about: what was sent, with what lies outside the stream."""
C_co = TypeVar("C_co", covariant=True)
S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)
R = TypeVar("R")
E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)
D_contra = TypeVar("D_contra", contravariant=True, default=object)
"""What a chapter needs from outside its stream: a protocol of its own; `object` for nothing."""

History: TypeAlias = Sequence[object]
"""The events of a stream so far, oldest first."""


class Geste(Generic[S_contra, C_co, D_contra]):
    """Something that may be asked: its name in addresses, what is sent (`takes`), and a French sentence about it.

    `naissance`: it makes the stream, and these roles may. `horloge`: only the clock asks. `visible`: answered once the
    views show it.
    """

    def __init__(
        self,
        nom: str,
        takes: type[Commande],
        dit: str,
        complete: Callable[[Commande, S_contra, Acte, D_contra], Awaitable[C_co]],
        essais: Callable[[S_contra], Mapping[str, Commande]],
        *,
        naissance: frozenset[str] | None,
        horloge: bool,
        visible: bool,
    ) -> None:
        self.nom, self.takes, self.dit = nom, takes, dit
        self.complete, self.essais = complete, essais
        self.naissance, self.horloge, self.visible = naissance, horloge, visible


def geste(
    nom: str,
    takes: type[C],
    dit: str,
    essai: Callable[[S], C | Mapping[str, C]] | None = None,
    *,
    naissance: frozenset[str] | None = None,
    horloge: bool = False,
    visible: bool = False,
) -> Geste[S, C, object]:
    """What the chapter decides about just as it was sent.

    `essai(state)` asks for it as somebody might now, so that the rules can say beforehand whether it would do any good: its
    dates, codes and texts may be wrong, what it names of the stream may not. A mapping asks in several ways. What makes a
    stream, or is the clock's, is not tried.
    """

    async def telle_quelle(corps: Commande, state: S, acte: Acte, dehors: object) -> C:
        return cast(C, corps)

    return _geste(nom, cast(type[Commande], takes), dit, telle_quelle, essai, naissance, horloge, visible)


def geste_avec(
    nom: str,
    takes: type[A],
    complete: Callable[[A, S, Acte, D_contra], Awaitable[C]],
    dit: str,
    essai: Callable[[S], A | Mapping[str, A]] | None = None,
    *,
    naissance: frozenset[str] | None = None,
    horloge: bool = False,
    visible: bool = False,
) -> Geste[S, C, D_contra]:
    """What the chapter decides about once `complete` has added what lies outside the stream. `complete` first refuses
    whoever may not ask at all (Refus), and looks nothing up that the rule will not use."""

    async def completee(corps: Commande, state: S, acte: Acte, dehors: D_contra) -> C:
        assert isinstance(corps, takes)
        return await complete(corps, state, acte, dehors)

    return _geste(nom, takes, dit, completee, essai, naissance, horloge, visible)


def _geste(
    nom: str,
    takes: type[Commande],
    dit: str,
    complete: Callable[[Commande, S, Acte, D_contra], Awaitable[C]],
    essai: Callable[[S], Any] | None,  # a command, or several by name: told apart here
    naissance: frozenset[str] | None,
    horloge: bool,
    visible: bool,
) -> Geste[S, C, D_contra]:
    def essais(state: S) -> Mapping[str, Commande]:
        asked = essai(state) if essai else {}
        return {"": asked} if isinstance(asked, Commande) else asked

    return Geste(nom, takes, dit, complete, essais, naissance=naissance, horloge=horloge, visible=visible)


class Step(Struct, Generic[E_co], frozen=True):
    """What a command comes to: its stream's new events, who may load the stream from now on, and what goes with it."""

    new: Sequence[E_co]
    parties: frozenset[UUID]
    then: Sequence[Order[Any]] = ()  # of the same service: its own union of events is nearer than one here could say


class Order(Struct, Generic[E_co], frozen=True):
    """One command for one stream, ready to be carried out. `birth`: it may make the stream. `expected`: the version the
    person had in view. `step` decides, and may be asked again with a longer history; raises Refus."""

    stream: UUID
    command: Struct | Commande
    step: Callable[[History, Acte], Awaitable[Step[E_co]]]
    birth: bool = False
    expected: int | None = None


class Act(Struct, Generic[E_co, D_contra], frozen=True):
    """A Geste with the chapter that decides about it: all that the API needs to know of it."""

    geste: Geste[Any, Any, D_contra]
    order: Callable[[UUID, Commande, D_contra, int | None], Order[E_co]]
    essais: Callable[[History], Mapping[str, Commande]]


class Chapter(Generic[C, S, R, E_co, D_contra]):
    """`decide` and `evolve` are plain functions; this only knows which events `evolve` reads.

    `alors(stream, command, history, new)`: what must happen in other streams, all or nothing.
    """

    def __init__(
        self,
        reads: Any,  # a union of event classes: typing has no name for that
        initial: S,
        evolve: Callable[[S, R], S],
        decide: Callable[[C, S, Acte], list[E_co]],
        *,
        gestes: Sequence[Geste[S, C, D_contra]] = (),
        refus: Mapping[str, Motif] | None = None,
        parties: Callable[[Sequence[E_co]], frozenset[UUID]] = lambda new: frozenset(),
        alors: Callable[[UUID, C, History, Sequence[E_co]], Sequence[Order[Any]]] = lambda *_: (),
    ) -> None:
        self.reads: tuple[type, ...] = get_args(reads) or (reads,)
        self.initial, self.evolve, self.decide = initial, evolve, decide
        self.refus: Mapping[str, Motif] = refus or {}
        self.acts: tuple[Act[E_co, D_contra], ...] = tuple(self._act(geste) for geste in gestes)
        self._parties, self._alors = parties, alors

    def state(self, history: Iterable[object]) -> S:
        """What the chapter knows after `history`; events it does not read are passed over."""
        state = self.initial
        for event in history:
            if isinstance(event, self.reads):
                state = self.evolve(state, cast(R, event))
        return state

    def act(self, nom: str) -> Act[E_co, D_contra]:
        """The act of that name. Raises KeyError."""
        return {act.geste.nom: act for act in self.acts}[nom]

    def order(self, stream: UUID, command: C, *, birth: bool = False) -> Order[E_co]:
        """A command nobody sends: it follows from another, or the service asks for it itself."""

        async def step(history: History, acte: Acte) -> Step[E_co]:
            return self._step(stream, command, self.state(history), history, acte)

        assert isinstance(command, Struct | Commande)
        return Order(stream, command, step, birth)

    def _act(self, geste: Geste[S, C, D_contra]) -> Act[E_co, D_contra]:
        def order(stream: UUID, corps: Commande, dehors: D_contra, expected: int | None) -> Order[E_co]:
            async def step(history: History, acte: Acte) -> Step[E_co]:
                if geste.naissance is not None and not geste.naissance & acte.roles:
                    raise Refus("role_insuffisant", roles=sorted(geste.naissance))
                state = self.state(history)
                command = await geste.complete(corps, state, acte, dehors)
                return self._step(stream, command, state, history, acte)

            return Order(stream, corps, step, geste.naissance is not None, expected)

        return Act(geste, order, lambda history: geste.essais(self.state(history)))

    def _step(self, stream: UUID, command: C, state: S, history: History, acte: Acte) -> Step[E_co]:
        new = self.decide(command, state, acte)
        return Step(new, self._parties(new), self._alors(stream, command, history, new))
