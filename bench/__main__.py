"""`python -m bench [--rapide] [--sortie FICHIER]`."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bench.programme import montrer

SORTIE = Path(__file__).parents[1] / "build" / "bench.json"


def main() -> None:
    options = argparse.ArgumentParser(description="Mesure Maillage à côté d'autres outils, sur cette machine.")
    options.add_argument("--rapide", action="store_true", help="un seul essai, court : pour voir, pas pour conclure")
    options.add_argument("--sortie", type=Path, default=SORTIE, help="fichier JSON à écrire")
    demande = options.parse_args()
    asyncio.run(montrer(demande.sortie, demande.rapide))


if __name__ == "__main__":
    main()
