"""Which events each service publishes, in one place: the schemas, the fixtures and their checks all start from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, get_args

from contracts import dossiers, flux, notifications, partenaires
from contracts.message import Message

Catalogue: TypeAlias = Mapping[str, Sequence[type[Message]]]

CATALOGUE: Catalogue = {
    "dossiers": get_args(dossiers.Event),
    "partenaires": get_args(partenaires.Event),
    "notifications": get_args(notifications.Event),
    "flux": get_args(flux.Event),
}
"""Topic family → event classes. A class's name is unique over all of them: upcasters and readers go by it."""
