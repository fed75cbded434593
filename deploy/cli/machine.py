"""Everything on this machine: `maillage demo`, `maillage local`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.options import EnJson, console
from deploy.machine.pepiniere import Pepiniere
from deploy.terminal import en_une_phrase, lancer


def demo(
    rester: Annotated[
        bool | None, typer.Option("--rester/--finir", help="Reste en marche après la démonstration.")
    ] = None,
) -> None:
    """Une année du dispositif SEMIS × Tremplin 17, jouée par les vraies API, puis ce que chacun en voit."""
    with en_une_phrase():
        pepiniere = Pepiniere()
    # Read once the nursery reads too, on the other core: the services take seven times as long as `maillage --help`.
    from deploy.demonstration.demo import montrer

    lancer(montrer(console, rester if rester is not None else sys.stdout.isatty(), pepiniere))


def local(
    en_json: EnJson = False,
    kafka: Annotated[str, typer.Option(help="embarque ou apache.")] = "embarque",
    jeu: Annotated[str | None, typer.Option(help="s1 : joue d'abord l'année de la démonstration.")] = None,
    donnees: Annotated[Path | None, typer.Option(help="Dossier gardé d'une fois sur l'autre.")] = None,
    horloge: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Premier jour simulé.")] = None,
) -> None:
    """Démarre tout sur cette machine et reste en marche jusqu'à SIGTERM ou Ctrl-C."""
    if kafka not in ("embarque", "apache"):
        raise typer.BadParameter("embarque ou apache", param_hint="--kafka")
    if jeu not in (None, "s1"):
        raise typer.BadParameter("s1", param_hint="--jeu")
    with en_une_phrase():
        pepiniere = Pepiniere()
    # As for the demonstration.
    from deploy.demonstration import s1
    from deploy.demonstration.menages import DEBUT
    from deploy.machine.local import Demande, tenir

    depuis = horloge.date() if horloge else DEBUT if jeu else None
    demande = Demande(kafka, donnees, depuis)  # type: ignore[arg-type]  # checked above
    lancer(tenir(demande, console, en_json, pepiniere, s1.jouer if jeu else None))
