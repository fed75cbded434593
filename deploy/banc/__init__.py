"""`maillage banc`: what Maillage must reach, measured beside what others reach on the same server.

Imports wait for the call: every measured process imports this package, and must not carry the whole bench along.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.banc.mesure import Mesure


async def executer(sortie: Path, rapide: bool = False) -> list[Mesure]:
    """Measure everything, print the table, write `sortie` and its context beside it. See deploy.banc.executer."""
    from deploy.banc.programme import derouler

    return await derouler(sortie, rapide)


async def montrer(sortie: Path, rapide: bool = False) -> None:
    """The same, for the command line."""
    await executer(sortie, rapide)
