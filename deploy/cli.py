"""The command `maillage`. Everything it prints is in French; `--json` where a machine reads.

Exit codes: 0 done; 1 it could not be done (one sentence says why); 2 the command was misspelt; 3 a check found a fault;
130 it was interrupted before its end.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from deploy.moteurs.processus import MoteurIndisponible
from deploy.pepiniere import Pepiniere
from deploy.terminal import Impossible, interruptible
from services.socle.base import logging
from services.socle.base.settings import ReglageInvalide

app = typer.Typer(
    help="Maillage : bailleurs, associations et financeurs autour des ménages accompagnés.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
flux = typer.Typer(help="Le flux des financeurs.", no_args_is_help=True)
app.add_typer(flux, name="flux")

console = Console(stderr=True, highlight=False)

EnJson = Annotated[bool, typer.Option("--json", help="Écrit du JSON, pour une machine.")]


def lancer(travail: Coroutine[Any, Any, int | None]) -> None:
    """Run to the end; what cannot be done is one sentence on stderr and exit code 1."""
    logging.configurer("maillage", "warning")
    with en_une_phrase(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(interruptible(travail))
    raise typer.Exit(code or 0)


@contextmanager
def en_une_phrase() -> Iterator[None]:
    """What cannot be done is said, and ends the command."""
    try:
        yield
    except (Impossible, MoteurIndisponible, ReglageInvalide, OSError, TimeoutError) as error:
        console.print(str(error) or type(error).__name__, style="red", markup=False)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(130) from None


@app.command()
def demo(
    rester: Annotated[
        bool | None, typer.Option("--rester/--finir", help="Reste en marche après la démonstration.")
    ] = None,
) -> None:
    """Une année du dispositif SEMIS × Tremplin 17, jouée par les vraies API, puis ce que chacun en voit."""
    with en_une_phrase():
        pepiniere = Pepiniere()  # reads the program while we do
    from deploy.demo import montrer

    lancer(montrer(console, rester if rester is not None else sys.stdout.isatty(), pepiniere))


@app.command()
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
        pepiniere = Pepiniere()  # reads the program while we do
    from deploy.jeu.menages import DEBUT
    from deploy.local import Demande, tenir

    depuis = horloge.date() if horloge else DEBUT if jeu else None
    demande = Demande(kafka, donnees, depuis)  # type: ignore[arg-type]  # checked above
    lancer(tenir(demande, jeu, console, en_json, pepiniere))


@app.command()
def servir(
    service: Annotated[str, typer.Argument(help="dossiers, partenaires, notifications, ou tout.")],
    port: Annotated[int, typer.Option(help="Port HTTP ; les suivants avec « tout ».")] = 8000,
    hote: Annotated[str, typer.Option(help="Adresse d'écoute.")] = "127.0.0.1",
    partie: Annotated[str, typer.Option(help="api, travail, ou tout.")] = "tout",
) -> None:
    """Fait tourner un service : son API, son travail de fond, ou les deux."""
    from deploy.service import faire_tourner

    lancer(faire_tourner(service, hote, port, partie))


@app.command()
def migrer(en_json: EnJson = False) -> None:
    """Met les bases au niveau du programme : rôles, faits, clés, vues, sujets Kafka. Refaire ne change rien."""
    from deploy.exploitation import migrer as faire

    lancer(faire(console, en_json))


@app.command()
def reconstruire(service: str, vue: str, en_json: EnJson = False) -> None:
    """Refait une vue à partir des faits, sans interrompre le service."""
    from deploy.exploitation import reconstruire as faire

    lancer(faire(service, vue, console, en_json))


@app.command()
def rejouer(service: str, en_json: EnJson = False) -> None:
    """Reprend les faits garés d'un service, dans leur ordre."""
    from deploy.exploitation import rejouer as faire

    lancer(faire(service, console, en_json))


@app.command()
def docteur(en_json: EnJson = False) -> None:
    """Vérifie chaque pièce du déploiement et dit quoi faire. Code 3 si quelque chose ne va pas."""
    from deploy.docteur import examiner

    lancer(examiner(console, en_json))


@app.command()
def banc(
    sortie: Annotated[Path, typer.Option(help="Fichier JSON des mesures.")] = Path("build/bench.json"),
    rapide: Annotated[bool, typer.Option(help="Petites tailles, pour essayer le banc lui-même.")] = False,
) -> None:
    """Mesure Maillage à côté d'autres outils, sur le même serveur. Code 3 si une porte n'est pas tenue."""
    from bench.programme import montrer

    lancer(montrer(sortie, rapide))


@flux.command()
def ouvrir(
    financeur: Annotated[str, typer.Argument(help="Identifiant de l'organisation.")], en_json: EnJson = False
) -> None:
    """Crée, ou recrée, l'utilisateur Kafka d'un financeur : il lit ses flux et rien d'autre."""
    from deploy.exploitation import ouvrir_flux

    lancer(ouvrir_flux(financeur, console, en_json))


@flux.command()
def suivre(
    sujet: Annotated[str, typer.Argument(help="flux.<financeur>.<convention>")],
    kafka: Annotated[str, typer.Option(envvar="MAILLAGE_KAFKA", help="Adresse de Kafka.")],
    utilisateur: Annotated[str | None, typer.Option(help="Utilisateur SCRAM du financeur.")] = None,
    mot_de_passe: Annotated[str | None, typer.Option(envvar="MAILLAGE_FLUX_MOT_DE_PASSE")] = None,
    position: Annotated[Path | None, typer.Option(help="Fichier où garder la position lue.")] = None,
    une_fois: Annotated[bool, typer.Option(help="S'arrête à la fin du flux au lieu d'attendre.")] = False,
) -> None:
    """Le client de référence d'un financeur : lit son flux sur Kafka, un fait JSON par ligne, sans manque ni doublon."""
    from deploy.flux import lire

    lancer(lire(sujet, kafka, utilisateur, mot_de_passe, position, une_fois))


if __name__ == "__main__":
    app()
