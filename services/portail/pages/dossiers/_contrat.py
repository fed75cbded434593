"""A household's contract with the convention it comes under."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.portail.dossier import lire
from services.portail.visite import Visite


async def voir(visite: Visite, dossier: UUID) -> tuple[dict[str, Any], dict[str, Any] | None]:
    vu, conventions = await asyncio.gather(lire(visite, dossier), visite.api.liste("partenaires", "/conventions"))
    return vu, next((c for c in conventions if c["convention"] == vu["convention"]), None)
