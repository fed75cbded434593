"""Who a dossier is about, and under which identifier it begins."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from contracts.dossiers import Event, MenageRepere
from services.socle.facts.act import Acte

DOSSIERS = UUID("3d0c1f2e-6d0b-4c55-9a53-0d2b8f6c8f01")


def stream_du_repere(acte: Acte) -> UUID:
    """The dossier a command makes: from the command's id, so that sending it again makes no second one."""
    return uuid5(DOSSIERS, f"{acte.organisation}:{acte.commande}")


def personne(history: Sequence[Event], new: Sequence[Event]) -> UUID | None:
    """The household a dossier's personal data are about; a convention's places are about nobody."""
    for event in (*history[:1], *new[:1]):
        if isinstance(event, MenageRepere):
            return event.menage
    return None
