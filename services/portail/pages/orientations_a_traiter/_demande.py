"""A request as its pages show it: the household's sheet, and the convention it comes under."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.portail.attendus import A_TRAITER
from services.portail.dossier import lire
from services.portail.etapes import DE_L_ASSOCIATION
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import Visite

REFUS = "reponse"
"""The refusal's draft, among a member's."""


async def voir(visite: Visite, dossier: UUID) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    vu, conventions = await asyncio.gather(lire(visite, dossier), visite.api.liste("partenaires", "/conventions"))
    return vu, conventions


def presenter(vu: dict[str, Any], conventions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "vu": vu,
        "nom": nom_du_menage(vu),
        "etat": DE_L_ASSOCIATION[vu["etape"]],
        "convention": next((c for c in conventions if c["convention"] == vu["convention"]), None),
        "ici": A_TRAITER,
    }
