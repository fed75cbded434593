"""What this service says when it says no. Shared refusals are in services/socle/web/messages.py."""

from __future__ import annotations

from collections.abc import Mapping

from services.socle.web.messages import Motif

REFUS: Mapping[str, Motif] = {
    "pour_un_financeur": Motif(
        403,
        "Réservé aux financeurs",
        "Un flux est celui d'un financeur ou d'une collectivité : votre organisation n'en est pas un.",
    ),
}
