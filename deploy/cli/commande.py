"""The command `maillage`. Everything it prints is in French; `--json` where a machine reads.

Exit codes: 0 done; 1 it could not be done (one sentence says why); 2 the command was misspelt; 3 a check found a fault;
130 it was interrupted before its end.
"""

from __future__ import annotations

from collections.abc import Callable

import typer

from deploy.cli import deploiement, flux, machine, mesures

SOUS_COMMANDES: tuple[Callable[..., None], ...] = (
    machine.demo,
    machine.local,
    deploiement.servir,
    deploiement.migrer,
    deploiement.reconstruire,
    deploiement.rejouer,
    deploiement.docteur,
    mesures.banc,
)
DU_FLUX: tuple[Callable[..., None], ...] = (deploiement.ouvrir, deploiement.fermer, flux.suivre)
"""`maillage flux …`"""

app = typer.Typer(
    help="Maillage : bailleurs, associations et financeurs autour des ménages accompagnés.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_flux = typer.Typer(help="Le flux des financeurs.", no_args_is_help=True)
app.add_typer(_flux, name="flux")
for _sous_commande in SOUS_COMMANDES:
    app.command()(_sous_commande)
for _sous_commande in DU_FLUX:
    _flux.command()(_sous_commande)
