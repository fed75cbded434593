"""Adhésion: the household is met, and says whether it wants to be accompanied."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias

from contracts.listes import MotifDeRefus, Partie, Support
from contracts.message import Message, Personnel


class RencontreTenue(Message, frozen=True):
    """Somebody of the landlord or the association met the household."""

    titre: ClassVar[str] = "RencontreTenue"
    par: Partie
    support: Support
    le: date


class AdhesionRecueillie(Message, frozen=True):
    """The household agrees to be accompanied."""

    titre: ClassVar[str] = "AdhésionRecueillie"
    support: Support
    le: date


class AdhesionRefusee(Message, frozen=True):
    """The household does not want to be accompanied: the orientation ends there."""

    titre: ClassVar[str] = "AdhésionRefusée"
    motif: MotifDeRefus
    precision: Personnel
    le: date


Event: TypeAlias = RencontreTenue | AdhesionRecueillie | AdhesionRefusee
