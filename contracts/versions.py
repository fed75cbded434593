"""What to do with facts recorded in yesterday's shape: one pure step per (event, version), applied on reading.

To change an event in a way that breaks its readers: give the class `schema_version` n+1, write here the step that turns
the JSON of version n into version n+1, run `python -m contracts.generer`. The schema and the fixture of version n stay
for ever, and the verifier reads that fixture through this table into today's class. A step never changes or goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from contracts.message import Message

Etape: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""The JSON object of version n → that of version n+1; `type` included, personal data still sealed. Total and pure."""

M = TypeVar("M", bound=Message)

UPCASTERS: Mapping[tuple[str, int], Etape] = {}
"""(class name, the version the step leaves)."""


class VersionIllisible(Exception):
    """There is no way from a recorded shape to today's class; the message names event, version and field, no value."""


def moderniser(
    donnees: dict[str, Any], classe: type[M], version: int, upcasters: Mapping[tuple[str, int], Etape] = UPCASTERS
) -> dict[str, Any]:
    """The JSON of an event of `version` as the current version of its class has it. Raises VersionIllisible."""
    for n in range(version, classe.schema_version):
        etape = upcasters.get((classe.__name__, n))
        if etape is None:
            raise VersionIllisible(f"{classe.__name__} : aucun passage de la version {n} à la version {n + 1}")
        donnees = etape(donnees)
    if version > classe.schema_version:
        raise VersionIllisible(f"{classe.__name__} : la version {version} est plus récente que ce programme")
    return donnees


def relire(
    donnees: dict[str, Any], classe: type[M], version: int, upcasters: Mapping[tuple[str, int], Etape] = UPCASTERS
) -> M:
    """Today's event for the JSON of an event of `version`. Raises VersionIllisible."""
    actuelles = moderniser(donnees, classe, version, upcasters)
    try:
        return msgspec.convert(actuelles, classe)
    except msgspec.ValidationError as error:
        raise VersionIllisible(f"{classe.__name__} v{version} : {error}") from None
