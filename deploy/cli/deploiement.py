"""A deployment: run a service, bring the databases up to date, rebuild a view, replay what was parked, examine it all.

Each reads what it needs when it is called: the services take seven times as long as `maillage --help`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.cli.options import EnJson, console
from deploy.terminal import lancer


def servir(
    service: Annotated[str, typer.Argument(help="dossiers, partenaires, notifications, portail, ou tout.")],
    port: Annotated[int, typer.Option(help="Port HTTP ; les suivants avec « tout ».")] = 8000,
    hote: Annotated[str, typer.Option(help="Adresse d'écoute.")] = "127.0.0.1",
    partie: Annotated[str, typer.Option(help="api, travail, ou tout.")] = "tout",
) -> None:
    """Fait tourner un service : son API, son travail de fond, ou les deux."""
    from deploy.exploitation.service import faire_tourner

    lancer(faire_tourner(service, hote, port, partie))


def migrer(en_json: EnJson = False) -> None:
    """Met les bases au niveau du programme : rôles, faits, clés, vues, sujets Kafka. Refaire ne change rien."""
    from deploy.exploitation import entretien

    lancer(entretien.migrer(console, en_json))


def reconstruire(service: str, vue: str, en_json: EnJson = False) -> None:
    """Refait une vue à partir des faits, sans interrompre le service."""
    from deploy.exploitation import entretien

    lancer(entretien.reconstruire(service, vue, console, en_json))


def rejouer(service: str, en_json: EnJson = False) -> None:
    """Reprend les faits garés d'un service, dans leur ordre."""
    from deploy.exploitation import entretien

    lancer(entretien.rejouer(service, console, en_json))


def docteur(en_json: EnJson = False) -> None:
    """Vérifie chaque pièce du déploiement et dit quoi faire. Code 3 si quelque chose ne va pas."""
    from deploy.exploitation.docteur import examiner

    lancer(examiner(console, en_json))


def ouvrir(
    financeur: Annotated[str, typer.Argument(help="Identifiant de l'organisation.")], en_json: EnJson = False
) -> None:
    """Crée, ou recrée, l'utilisateur Kafka d'un financeur : il lit ses flux et rien d'autre."""
    from deploy.exploitation import entretien

    lancer(entretien.ouvrir_flux(financeur, console, en_json))


def fermer(
    financeur: Annotated[str, typer.Argument(help="Identifiant de l'organisation.")], en_json: EnJson = False
) -> None:
    """Supprime l'utilisateur Kafka d'un financeur : il ne lit plus rien, connexions ouvertes comprises."""
    from deploy.exploitation import entretien

    lancer(entretien.fermer_flux(financeur, console, en_json))
