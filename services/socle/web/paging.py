"""Lists by cursor: where a page ends says where the next begins, so that what is added meanwhile shifts nothing."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from fastapi import Query

from services.socle.facts.refusal import Refus

T = TypeVar("T")

Limite: TypeAlias = Annotated[int, Query(ge=1, le=200, description="Nombre d'éléments par page.")]
"""Give it a default: `limite: Limite = 50`."""

Apres: TypeAlias = Annotated[
    str | None, Query(max_length=1000, description="Valeur « suivant » de la page précédente.")
]
"""`apres: Apres = None`, then `lire_curseur(apres, tuple[date, UUID])`."""


def curseur(*values: Any) -> str:
    """The opaque cursor behind which the next page begins: the sort key of the last element."""
    return urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def lire_curseur(text: str | None, shape: type[T]) -> T | None:
    """The sort key a cursor holds, as `shape` (a tuple type). Raises Refus("curseur_invalide").

    A cursor is not signed: it only says where to begin, and row-level security still decides what is seen.
    """
    if text is None:
        return None
    try:
        value = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise Refus("curseur_invalide") from error
    if not _sain(value):
        raise Refus("curseur_invalide")
    return value


def _sain(value: Any) -> bool:
    """Whether PostgreSQL can compare with it: no NUL, nothing over 64 bits."""
    match value:
        case str():
            return "\x00" not in value
        case int():
            return -(2**63) <= value < 2**63
        case list() | tuple():
            return all(_sain(item) for item in value)
        case _:
            return True


def page(rows: Sequence[dict[str, Any]], limite: int, total: int, *key: str) -> dict[str, Any]:
    """One page of `limite + 1` rows sorted by the columns `key`; the extra one only tells that there is a next page."""
    elements = list(rows[:limite])
    suivant = curseur(*(elements[-1][name] for name in key)) if len(rows) > limite else None
    return {"elements": elements, "suivant": suivant, "total": total}
