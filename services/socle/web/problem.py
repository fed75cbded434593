"""How the API says no: RFC 9457, with a stable code and a French sentence. Nothing the caller sent comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

import structlog
from fastapi import Response
from pydantic import BaseModel, Field
from pydantic_core.core_schema import ErrorType
from uuid_utils.compat import uuid7

from services.socle.base.calendar import date_paris
from services.socle.facts.refusal import Motif
from services.socle.web.messages import CHAMP_REFUSE, CHAMPS, INATTENDU, MOTIFS

log = structlog.get_logger()

TYPE = "application/problem+json"
_PYDANTIC = frozenset(get_args(ErrorType))
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}")
_MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


class Champ(BaseModel):
    """One field to correct. `chemin` is a JSON pointer into the body, `?name` for a parameter, else a header's name."""

    chemin: str
    code: str
    detail: str


class Probleme(BaseModel):
    """RFC 9457, with a stable `code` and the correlation id to quote when asking for help."""

    type: str = Field(examples=["urn:maillage:probleme:inconnu"])
    title: str
    status: int
    code: str
    detail: str
    champs: list[Champ] | None = None
    correlation: UUID


class Problemes:
    """The refusals of one service: the common ones and its own. `motifs` may also replace a common sentence."""

    def __init__(self, motifs: Mapping[str, Motif]) -> None:
        self._motifs = {**MOTIFS, **motifs}

    def reponse(
        self,
        code: str,
        correlation: UUID | None = None,
        *,
        details: Mapping[str, object] | None = None,
        champs: Sequence[Champ] | None = None,
        statut: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The problem as a response. `statut` replaces the table's; `details` fill the sentence."""
        motif = self._motifs.get(code)
        if motif is None:
            log.error("motif_sans_phrase", motif=code)
            motif = INATTENDU
        probleme = Probleme(
            type=f"urn:maillage:probleme:{code}",
            title=motif.titre,
            status=statut or motif.statut,
            code=code,
            detail=phrase(motif, details or {}),
            champs=list(champs) if champs is not None else None,
            correlation=correlation or uuid7(),
        )
        return Response(
            probleme.model_dump_json(exclude_none=True),
            probleme.status,
            {**_entetes(probleme.status), **(headers or {})},
            TYPE,
        )


def phrase(motif: Motif, details: Mapping[str, object]) -> str:
    """What people read: the motif's sentence, with the details of the refusal."""
    return motif.detail.format_map(_Lisible(details))


def champs(errors: Sequence[Any]) -> list[Champ]:
    """Pydantic's errors as fields to correct, in order; only the rule speaks, never the value that broke it."""
    return [_champ(error) for error in errors if not _en_decoule(error, errors)]


def _en_decoule(error: Any, errors: Sequence[Any]) -> bool:
    """Whether a list is only too short because elements of it were refused, each with its own reason."""
    loc = error["loc"]
    dedans = (other["loc"] for other in errors if len(other["loc"]) > len(loc))
    return error["type"] == "too_short" and any(other[: len(loc)] == loc for other in dedans)


def _champ(error: Mapping[str, Any]) -> Champ:
    kind, loc, ctx = error["type"], error["loc"], dict(error.get("ctx") or {})
    if "expected" in ctx:  # the one sentence pydantic writes by itself: "'a', 'b' or 'c'"
        ctx["expected"] = str(ctx["expected"]).replace(" or ", " ou ").replace("'", "")
    if kind in _PYDANTIC or kind in CHAMPS:
        code, detail = CHAMPS.get(kind, CHAMP_REFUSE)
        return Champ(chemin=_chemin(kind, loc), code=code, detail=detail.format_map(_Lisible(ctx)))
    return Champ(chemin=_chemin(kind, loc), code=kind, detail=error["msg"])  # a command's own rule and sentence


def _chemin(kind: str, loc: Sequence[str | int]) -> str:
    """Where the field is. An unknown field's name, or a key that does not look like a field's, came from the caller."""
    where, parts = loc[0], loc[1:-1] if kind == "extra_forbidden" else loc[1:]
    names = [str(part) for part in parts if isinstance(part, int) or _NAME.fullmatch(part)]
    match where:
        case "body":
            return "".join(f"/{name}" for name in names)
        case "query":
            return f"?{'.'.join(names)}"
        case _:
            return ".".join(names)


class _Lisible(dict[str, object]):
    """The details of a refusal as people read them; a detail the refusal did not give reads as « … »."""

    def __init__(self, details: Mapping[str, object]) -> None:
        super().__init__({name: lisible(value) for name, value in details.items()})

    def __missing__(self, name: str) -> str:
        return "…"


def lisible(value: object) -> str:
    """A fact in French: « 1er mai 2026 », « oui », « a, b »."""
    match value:
        case bool():
            return "oui" if value else "non"
        case datetime():
            return lisible(date_paris(value))
        case date():
            return f"{'1er' if value.day == 1 else value.day} {_MOIS[value.month - 1]} {value.year}"
        case list() | tuple() | set() | frozenset():
            return ", ".join(lisible(item) for item in value)
        case _:
            return str(value)


def _entetes(statut: int) -> dict[str, str]:
    match statut:
        case 401:
            return {"WWW-Authenticate": "Bearer"}
        case 503:
            return {"Retry-After": "2"}
        case _:
            return {}
