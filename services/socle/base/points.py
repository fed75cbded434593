"""Named places where a test may kill this process: before and after every step that outlives it.

With MAILLAGE_MODE=local and MAILLAGE_POINT=append.apres the process dies there as if the power had failed (kill -9: no
goodbye, no flush), with `append.apres:3` at its third passage. Anywhere else `point` does nothing. tests/pannes kills at
every one of them, restarts, and counts what was lost.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

POINTS: Mapping[str, str] = {
    # A command, in the API
    "commande.recue": "nothing is loaded yet",
    "commande.decidee": "decided, nothing sealed",
    "cle.avant": "no key made yet",
    "cle.apres": "the key is made, nothing is sealed under it",
    "commande.scellee": "sealed, not yet handed over to be written",
    "append.avant": "the statement is not sent",
    "append.apres": "committed, and nobody knows",
    "commande.acquise": "known to be committed, not answered",
    # The relay
    "relais.meneur": "leads, has not looked at its cursor",
    "relais.epoque": "a new epoch is saved, nothing sent in it",
    "relais.lu": "facts are read, none sent",
    "relais.a_moitie": "half of them are handed to the producer",
    "relais.confie": "all are handed to the producer, none acknowledged",
    "relais.acquitte": "Kafka has them, the cursor has not moved",
    "relais.curseur": "the cursor has moved",
    # The projector
    "projection.recue": "a batch came, nothing is read for it",
    "projection.pliee": "folded in memory, nothing written",
    "effacement.avant": "an erasure is known, its key still there",
    "effacement.apres": "the key is destroyed, the batch not committed",
    "garage.ecrit": "a fact is parked, the batch not committed",
    "projection.avant_commit": "all is written, nothing committed",
    "projection.apres_commit": "committed, Kafka not told",
    "projection.acquittee": "Kafka is told",
    # What answers facts, keeps the calendar and feeds the funders
    "reaction.ajoutee": "facts that follow are appended, the batch not committed",
    "echeance.due": "a task is due, nobody is asked yet",
    "echeance.faite": "the service has done it, the views do not show it",
    "flux.envoye": "Kafka has a feed's facts, the feed's cursor has not moved",
    "flux.curseur": "the feed's cursor has moved",
    # An operator's commands
    "rejeu.avant_commit": "a parked stream is folded, not committed",
    "rejeu.apres_commit": "a parked stream is folded and committed",
    "reconstruction.remplie": "the new table holds the past",
    "reconstruction.rattrapee": "the new table holds everything, the reader stands still",
    "reconstruction.echangee": "the tables have changed places, not committed",
    "reconstruction.apres": "committed, nothing tidied",
}
"""Where one may die, and what has happened there."""


def _arme() -> tuple[str, int] | None:
    """The point this process was told to die at, and at which passage."""
    nom, _, rang = os.environ.get("MAILLAGE_POINT", "").partition(":")
    if not nom or os.environ.get("MAILLAGE_MODE") != "local":
        return None
    if nom not in POINTS:
        raise KeyError(nom)
    return nom, int(rang or 1)


_ARME = _arme()
_passages = 0


def point(nom: str) -> None:
    """Die here if this process was told to."""
    global _passages
    if _ARME is None or _ARME[0] != nom:
        return
    _passages += 1
    if _passages == _ARME[1]:
        os.kill(os.getpid(), signal.SIGKILL)
