"""System S1, SEMIS × Tremplin 17 at Saintes: a year of it, played through the services' APIs on the simulated clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.local import Local


async def jouer(ici: Local, dire: Callable[[str], None]) -> None:
    """Play the year."""
