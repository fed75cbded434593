"""The whole bench: every measure after the other, alone on the machine, then the table and the file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from bench import ajout, debit, delai, echelle, memoire, pages, pannes, reconstruction, relais
from bench.deploiement import deploiement
from bench.mesure import Mesure, ecrire, manquees
from bench.tableau import LARGEUR, afficher, ecrire_markdown
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


DEFAUT = 3
"""Exit code when a gate is not held, as of every check that finds a fault."""


def code_de_sortie(mesures: Sequence[Mesure]) -> int:
    return DEFAUT if manquees(mesures) else 0


async def montrer(sortie: Path, rapide: bool = False) -> int:
    """`derouler`, for the command line: its exit code."""
    return code_de_sortie(await derouler(sortie, rapide))


async def derouler(sortie: Path, rapide: bool = False) -> list[Mesure]:
    """Measure everything (within eight minutes on two cores; `rapide`: a look, in two), print the table, write `sortie`
    and beside it the same as Markdown."""
    logging.configurer("banc", "error")
    console, taille = Console(width=LARGEUR), RAPIDE if rapide else COMPLETE
    start = time.monotonic()

    debuts: dict[str, float] = {}

    def dire(nom: str) -> None:
        debuts[nom] = time.monotonic() - start
        console.print(f"[dim]{debuts[nom]:5.0f} s  {nom}[/dim]", highlight=False)

    mesures: list[Mesure] = []
    memoires: dict[str, float] = {}
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
                # A worker that was killed meanwhile begins again: what it held at most counts.
                memoires |= {nom: max(mo, memoires.get(nom, 0.0)) for nom, mo in le.memoires().items()}
    dire("pages")
    les_pages, les_memoires = await pages.mesurer(taille)
    mesures += [*les_pages, *memoire.mesurer(memoires | les_memoires)]
    dire("fin")
    sur_quoi |= {"duree_s": round(debuts["fin"]), "dont": _durees(debuts), "rapide": rapide}
    afficher(mesures, sur_quoi, console)
    ecrire(mesures, sur_quoi, sortie)
    ecrire_markdown(mesures, sur_quoi, sortie.with_suffix(".md"))
    return mesures


def _durees(debuts: Mapping[str, float]) -> str:
    """« ajout 60, reconstruction 75… »: where the bench's own seconds went."""
    return ", ".join(
        f"{nom} {suivant - debut:.0f}"
        for (nom, debut), suivant in zip(debuts.items(), list(debuts.values())[1:], strict=False)
    )
