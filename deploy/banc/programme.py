"""The whole bench: every measure after the other, alone on the machine, then the table and the file."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from deploy.banc import ajout, debit, delai, echelle, pannes, reconstruction, relais
from deploy.banc.mesure import Mesure, afficher, ecrire
from deploy.banc.taille import COMPLETE, RAPIDE
from deploy.banc.terrain import contexte, terrain
from services.socle import logging

MESURES = (
    ("ajout", ajout.mesurer),
    ("reconstruction", reconstruction.mesurer),
    ("relais", relais.mesurer),
    ("délai", delai.mesurer),
    ("débit HTTP", debit.mesurer),
    ("échelle", echelle.mesurer),
    ("pannes", pannes.mesurer),
)


async def derouler(sortie: Path, rapide: bool = False) -> list[Mesure]:
    """Measure everything (within ten minutes on two cores; `rapide`: a look, in two), print the table, write `sortie`."""
    logging.configurer("banc", "error")
    console, taille = Console(), RAPIDE if rapide else COMPLETE
    mesures: list[Mesure] = []
    start = time.monotonic()
    async with terrain() as sol:
        sur_quoi = await contexte(sol)
        for nom, mesurer in MESURES:
            console.print(f"[dim]{time.monotonic() - start:5.0f} s  {nom}[/dim]", highlight=False)
            mesures += await mesurer(sol, taille)
    sur_quoi |= {"duree_s": round(time.monotonic() - start), "rapide": rapide}
    afficher(mesures, sur_quoi, console)
    ecrire(mesures, sur_quoi, sortie)
    return mesures
