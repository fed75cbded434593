"""Dispositifs: a programme, its public and its rules."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, TypeAlias
from uuid import UUID

from contracts.listes import Public, Theme
from contracts.message import Message
from contracts.partenaires.formes import Libelle, Regles


class DispositifOuvert(Message, frozen=True):
    titre: ClassVar[str] = "DispositifOuvert"
    dispositif: UUID
    organisation: UUID
    nom: Libelle
    publics: tuple[Public, ...]
    themes: tuple[Theme, ...]
    regles: Regles
    le: date


Event: TypeAlias = DispositifOuvert
