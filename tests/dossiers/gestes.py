"""What the rules would say to each act, asked of the chapters alone: no store, no HTTP."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from contracts.dossiers import Identite
from services.dossiers.app import CHAPITRES, REFUS
from services.dossiers.chapitres.convention import ConventionConnue
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Step
from services.socle.facts.refusal import Refus
from services.socle.web.messages import MOTIFS
from tests.dossiers import histoire as h

T = TypeVar("T")
MOTIFS_DU_SERVICE = {**MOTIFS, **REFUS}
ACTES = {
    act.geste.nom: act
    for chapitre in CHAPITRES
    for act in chapitre.acts
    if act.geste.naissance is None and not act.geste.horloge
}


class Dehors:
    """What stands outside a dossier in these tests: one convention, two référents, identities in clear."""

    async def convention(self, convention: UUID, acte: Acte) -> ConventionConnue | None:
        return h.convention if convention == h.CONVENTION else None

    async def ouvrir(self, identite: Identite) -> Identite:
        return identite

    async def referents(self, acte: Acte) -> frozenset[UUID]:
        return frozenset({h.CAMILLE, h.DOMINIQUE})


def tout_de_suite(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as fini:
        resultat: T = fini.value
        return resultat
    raise AssertionError("it waits for something")


def non(nom: str, histoire: Sequence[object], acte: Acte) -> set[str]:
    """Why not, for each way of asking; empty as soon as one of them would do something."""
    motifs: set[str] = set()
    act = ACTES[nom]
    for essai in act.essais(histoire).values():
        order = act.order(h.DOSSIER, essai, cast(Any, Dehors()), None)  # the service's own reads databases
        try:
            step: Step[object] = tout_de_suite(cast(Any, order.step(histoire, acte)))
        except Refus as refus:
            if MOTIFS_DU_SERVICE[refus.motif].corrigible:
                return set()
            motifs.add(refus.motif)
        else:
            if step.new:
                return set()
            motifs.add("deja_fait")
    return motifs
