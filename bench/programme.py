"""The whole bench: every measure after the other, alone on the machine, then the table and the file."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from bench import ajout, debit, delai, echelle, pages, pannes, reconstruction, relais
from bench.deploiement import deploiement
from bench.mesure import Mesure, afficher, ecrire
from bench.taille import COMPLETE, RAPIDE
from bench.terrain import contexte, terrain
from services.socle.base import logging

DU_SOCLE = (
    ("ajout", ajout.mesurer),
    ("reconstruction", reconstruction.mesurer),
    ("relais", relais.mesurer),
    ("échelle", echelle.mesurer),
)
DU_SERVICE = (("délai", delai.mesurer), ("pannes", pannes.mesurer), ("débit HTTP", debit.mesurer))
"""Measures of the parts, each on databases of its own, then of the running service, one deployment for all."""


async def montrer(sortie: Path, rapide: bool = False) -> None:
    """`derouler`, for the command line."""
    await derouler(sortie, rapide)


async def derouler(sortie: Path, rapide: bool = False) -> list[Mesure]:
    """Measure everything (within ten minutes on two cores; `rapide`: a look, in two), print the table, write `sortie`."""
    logging.configurer("banc", "error")
    console, taille = Console(), RAPIDE if rapide else COMPLETE
    start = time.monotonic()

    def dire(nom: str) -> None:
        console.print(f"[dim]{time.monotonic() - start:5.0f} s  {nom}[/dim]", highlight=False)

    mesures: list[Mesure] = []
    async with terrain() as sol:
        sur_quoi = await contexte(sol)
        for nom, partie in DU_SOCLE:
            dire(nom)
            mesures += await partie(sol, taille)
        dire("le service démarre")
        async with deploiement(sol, "service") as le:
            for nom, service in DU_SERVICE:
                dire(nom)
                mesures += await service(le, taille)
    dire("pages")
    mesures += await pages.mesurer(taille)
    sur_quoi |= {"duree_s": round(time.monotonic() - start), "rapide": rapide}
    afficher(mesures, sur_quoi, console)
    ecrire(mesures, sur_quoi, sortie)
    return mesures
