"""What a household may agree to, and its dossier as either organisation sees it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.portail.dossier import ICI
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import Visite

FINALITES = {
    "transmission": (
        "La situation du ménage est transmise à l’association.",
        "Plus rien n’est transmis. Une orientation à laquelle l’association n’a pas répondu est annulée.",
    ),
    "partage_synthese": (
        "Le bailleur lit la synthèse des points bimestriels.",
        "Le bailleur ne voit plus la synthèse des points bimestriels.",
    ),
    "partenaires": (
        "L’association peut faire appel à des partenaires spécialisés.",
        "L’association ne fait plus appel à des partenaires pour ce ménage.",
    ),
}
"""Purpose → what it allows, what taking it back does."""


async def voir(visite: Visite, dossier: UUID) -> dict[str, Any]:
    visite.reserver("bailleur", "association")
    vu: dict[str, Any] = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    return vu


def presenter(visite: Visite, vu: dict[str, Any]) -> dict[str, Any]:
    return {"vu": vu, "nom": nom_du_menage(vu), "ici": ICI[visite.personne.nature]}
