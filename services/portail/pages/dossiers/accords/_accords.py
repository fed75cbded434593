"""What a household may agree to, and its dossier as either organisation sees it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.portail.dossier import ICI
from services.portail.gestes import Gestes, gestes_du_dossier
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


async def voir(visite: Visite, dossier: UUID) -> tuple[dict[str, Any], Gestes]:
    """The dossier, and what the person may do in it now."""
    visite.reserver("bailleur", "association")
    vu, gestes = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}"), gestes_du_dossier(visite, dossier)
    )
    return vu, gestes


def acte(vu: dict[str, Any], finalite: str) -> str:
    """What there is to note about a purpose: that it is agreed to, or no longer."""
    return f"{'retirer' if finalite in vu['consentements'] else 'recueillir'}-consentement:{finalite}"


def presenter(visite: Visite, vu: dict[str, Any]) -> dict[str, Any]:
    return {"vu": vu, "nom": nom_du_menage(vu), "ici": ICI[visite.personne.nature]}
