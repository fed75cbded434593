"""Shapes that several chapters' events share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

Libelle: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
"""The public name of an organisation or a dispositif; not about a person."""


class Regles(Struct, frozen=True):
    """What a dispositif asks of those who work under it. Delays in days, periodicity in months."""

    periodicite_mois: int = 2
    delai_reponse_jours: int = 15
    delai_etude_jours: int = 30
    entretien_requis: bool = True
    pseudonymes_pluriannuels: bool = False
