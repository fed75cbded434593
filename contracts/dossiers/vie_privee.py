"""Vie privée: what the household agrees to, and takes back."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias

from contracts.listes import Finalite, Support
from contracts.message import Message


class ConsentementRecueilli(Message, frozen=True):
    """The household agrees to one purpose (`finalite`)."""

    titre: ClassVar[str] = "ConsentementRecueilli"
    finalite: Finalite
    support: Support
    le: date


class ConsentementRetire(Message, frozen=True):
    titre: ClassVar[str] = "ConsentementRetiré"
    finalite: Finalite
    le: date


Event: TypeAlias = ConsentementRecueilli | ConsentementRetire
