"""What a funder types: `maillage flux suivre`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.flux import lire
from deploy.terminal import lancer


def suivre(
    sujet: Annotated[str, typer.Argument(help="flux.<financeur>.<convention>")],
    kafka: Annotated[str, typer.Option(envvar="MAILLAGE_KAFKA", help="Adresse de Kafka.")],
    utilisateur: Annotated[str | None, typer.Option(help="Utilisateur SCRAM du financeur.")] = None,
    mot_de_passe: Annotated[str | None, typer.Option(envvar="MAILLAGE_FLUX_MOT_DE_PASSE")] = None,
    position: Annotated[Path | None, typer.Option(help="Fichier où garder la position lue.")] = None,
    une_fois: Annotated[bool, typer.Option(help="S'arrête à la fin du flux au lieu d'attendre.")] = False,
) -> None:
    """Le client de référence d'un financeur : lit son flux sur Kafka, un fait JSON par ligne, sans manque ni doublon."""
    lancer(lire(sujet, kafka, utilisateur, mot_de_passe, position, une_fois))
