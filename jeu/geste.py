"""What somebody does, whatever carries it: a request, a command, or the fact it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

F = TypeVar("F", bound=Struct)

SERVICES = {
    "dossiers": "dossiers",
    "organisations": "partenaires",
    "dispositifs": "partenaires",
    "conventions": "partenaires",
    "boite": "notifications",
}
"""What a gesture is done to → the service that is told."""


class Geste(Struct, Generic[F], frozen=True):
    """`nom`: the last part of its address. `dit`: what is said, in the contracts' own types, by name. `fait`: the class of
    the fact it leaves. `objet`: the first part of its address."""

    nom: str
    dit: Mapping[str, Any]
    fait: type[F]
    objet: str = "dossiers"

    @property
    def service(self) -> str:
        return SERVICES[self.objet]

    @property
    def corps(self) -> dict[str, Any]:
        """The request's body, of JSON values. What is empty is left out: it was not said."""
        corps: dict[str, Any] = _sans_vide(msgspec.to_builtins(self.dit))
        return corps

    def chemin(self, sur: object = None) -> str:
        """Its address below /v1: on the thing whose id is `sur`, or on none yet (« repérer », « ouvrir »)."""
        return f"/{self.objet}/{self.nom}" if sur is None else f"/{self.objet}/{sur}/{self.nom}"

    def laisse(self, le: date, **circonstances: Any) -> F:
        """The fact it leaves on `le`. `circonstances`: what the service adds that nobody said."""
        return self.fait(**self.dit, **circonstances, le=le)


def _sans_vide(valeur: Any) -> Any:
    match valeur:
        case dict():
            return {nom: _sans_vide(v) for nom, v in valeur.items() if v not in (None, "")}
        case list() | tuple():
            return [_sans_vide(v) for v in valeur]
        case _:
            return valeur
