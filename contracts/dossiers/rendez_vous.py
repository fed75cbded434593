"""Agenda: the appointments of the association with the household, some of them joint with the landlord."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias
from uuid import UUID

from msgspec import Meta

from contracts.listes import MotifDeRendezVousManque, Partie
from contracts.message import Message, Personnel


class RendezVousFixe(Message, frozen=True):
    """An appointment was made: on the civil day `jour`, at `heure`, both of the zone `fuseau` (an IANA name). `avec` says who
    comes besides the association; with the landlord among them it is a joint one. `lieu` may be somebody's home."""

    titre: ClassVar[str] = "RendezVousFixé"
    rendez_vous: UUID
    jour: date
    heure: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    fuseau: str
    lieu: Personnel
    avec: tuple[Partie, ...]
    objet: Personnel
    le: date


class RendezVousTenu(Message, frozen=True):
    """It was held, on `le`: the day it was made for, unless somebody said another."""

    titre: ClassVar[str] = "RendezVousTenu"
    rendez_vous: UUID
    le: date


class RendezVousManque(Message, frozen=True):
    """Somebody did not come, or could not: `motif` says why, `precision` what the code does not say."""

    titre: ClassVar[str] = "RendezVousManqué"
    rendez_vous: UUID
    motif: MotifDeRendezVousManque
    precision: Personnel
    le: date


class RendezVousAnnule(Message, frozen=True):
    """It will not be held, and nobody is to blame. One that is moved is cancelled, and another made."""

    titre: ClassVar[str] = "RendezVousAnnulé"
    rendez_vous: UUID
    le: date


Event: TypeAlias = RendezVousFixe | RendezVousTenu | RendezVousManque | RendezVousAnnule
