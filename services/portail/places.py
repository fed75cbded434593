"""How many places conventions have, and how many of them are free."""

from __future__ import annotations

import asyncio
from typing import Any

from services.portail.api import Introuvable
from services.portail.visite import Visite


async def places_de(visite: Visite, conventions: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Convention → its places, of those in force that tell them to this organisation."""

    async def une(convention: str) -> tuple[str, dict[str, int]] | None:
        try:
            return convention, await visite.api.lire("dossiers", f"/conventions/{convention}/places")
        except Introuvable:
            return None

    actives = [c["convention"] for c in conventions if c["statut"] == "active"]
    return dict(found for found in await asyncio.gather(*map(une, actives)) if found)
