"""What a deployment is made of: the services, and what each keeps in its database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from contracts import dossiers as evenements_dossiers
from contracts import partenaires as evenements_partenaires
from contracts.versions import UPCASTERS
from services.dossiers import vues as vues_dossiers
from services.partenaires import vues as vues_partenaires
from services.socle.codec import Codec
from services.socle.view import View


class Service(Struct, frozen=True):
    """`questions`: the functions its views' row-level security calls; `codec`: its own events."""

    nom: str
    vues: Sequence[View]
    questions: Sequence[str]
    codec: Codec[Any]


SERVICES: dict[str, Service] = {
    service.nom: service
    for service in (
        Service(
            "dossiers", vues_dossiers.VUES, vues_dossiers.QUESTIONS, Codec[Any](evenements_dossiers.Event, UPCASTERS)
        ),
        Service(
            "partenaires",
            vues_partenaires.VUES,
            vues_partenaires.QUESTIONS,
            Codec[Any](evenements_partenaires.Event, UPCASTERS),
        ),
    )
}
