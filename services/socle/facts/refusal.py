"""How a rule says no: a code that never changes, and the sentence people read for it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Refus(Exception):
    """The rules say no. `motif` is a stable code the API and the tests read; `details` are facts (ids, dates, counts) that
    help the person act on it, never a personal datum."""

    def __init__(self, motif: str, **details: object) -> None:
        super().__init__(motif)
        self.motif = motif
        self.details = details


class Motif(Struct, frozen=True):
    """What stands behind a code: its HTTP status, a title, and a sentence that says what to do; `{name}` takes a detail of
    the Refus. `corrigible`: the same person may do it, asked with another content."""

    statut: int
    titre: str
    detail: str
    corrigible: bool = False


def conflit(titre: str, detail: str) -> Motif:
    """The thing is in no state for that: 409."""
    return Motif(409, titre, detail)


def a_changer(titre: str, detail: str) -> Motif:
    """Something that the request names is in no state for it; naming another would do: 409."""
    return Motif(409, titre, detail, corrigible=True)


def a_corriger(titre: str, detail: str) -> Motif:
    """What was typed is wrong at any moment: 422."""
    return Motif(422, titre, detail, corrigible=True)


def interdit(titre: str, detail: str) -> Motif:
    """Another party or role may: 403."""
    return Motif(403, titre, detail)


def introuvable(titre: str, detail: str) -> Motif:
    """There is nothing of that name to see: 404."""
    return Motif(404, titre, detail)


def together(*tables: Mapping[str, Motif]) -> dict[str, Motif]:
    """All that a service says when it refuses. Raises ValueError when a code is said twice: it has one sentence."""
    found: dict[str, Motif] = {}
    for table in tables:
        if twice := found.keys() & table.keys():
            raise ValueError(f"said twice: {sorted(twice)}")
        found |= table
    return found
