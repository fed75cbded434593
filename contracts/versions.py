"""What to do with facts recorded in yesterday's shape: one pure step per (event, version), applied on reading.

To change an event in a way that breaks its readers: give the class `schema_version` n+1, write here the step that turns
the JSON of version n into version n+1, run `python -m contracts.generer`. The schema and the fixture of version n stay
for ever. A step never changes or goes.

`relire` is the only way from bytes to an event: the services read their facts through it, and the verifier every
fixture, so that what `make check` has seen is what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from contracts.message import Message

Etape: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""The JSON object of version n → that of version n+1; `type` included, personal data still sealed. Total and pure."""

Etapes: TypeAlias = Mapping[tuple[str, int], Etape]
"""(class name, the version the step leaves) → the step."""

M = TypeVar("M", bound=Message)

UPCASTERS: Etapes = {}


class VersionIllisible(Exception):
    """There is no way from what is recorded to today's class. The text names event, version and field; `raison` is the
    part of it that cannot quote a value, for a log."""

    def __init__(self, classe: type[Message], version: int, raison: str, detail: str = "") -> None:
        super().__init__(f"{classe.__name__} v{version} : {detail or raison}")
        self.raison = raison


def relire(octets: bytes, classe: type[M], version: int, upcasters: Etapes = UPCASTERS) -> M:
    """Today's event for the JSON of an event of `version`. Raises VersionIllisible."""
    try:
        if version == classe.schema_version:
            return msgspec.json.decode(octets, type=classe)
        return msgspec.convert(_moderniser(msgspec.json.decode(octets), classe, version, upcasters), classe)
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
        # Bytes that do not fit, or a step that met what it did not expect.
        raise VersionIllisible(classe, version, type(error).__name__, str(error)) from None


def _moderniser(donnees: dict[str, Any], classe: type[Message], version: int, upcasters: Etapes) -> dict[str, Any]:
    """The JSON of an event of `version` as the current version of its class has it."""
    if version > classe.schema_version:
        raise VersionIllisible(classe, version, "plus récent que ce programme")
    for n in range(version, classe.schema_version):
        etape = upcasters.get((classe.__name__, n))
        if etape is None:
            raise VersionIllisible(classe, version, f"aucun passage de la version {n} à la version {n + 1}")
        donnees = etape(donnees)
    return donnees
