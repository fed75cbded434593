"""Shapes that several chapters' events share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from contracts.listes import TrancheDAge, TypeDeMenage, Typologie
from contracts.message import Personnel

Note1a5: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
"""A theme's score: 1 très difficile … 5 autonome."""


class Identite(Struct, frozen=True):
    """Who to meet and how to reach them."""

    nom: Personnel
    prenom: Personnel
    naissance: Personnel = ""
    telephone: Personnel = ""
    courriel: Personnel = ""
    adresse: Personnel = ""


class Composition(Struct, frozen=True):
    """The household in counts: what a landlord and, coded, a funder may know."""

    adultes: int
    enfants: int
    type_menage: TypeDeMenage
    tranche_age: TrancheDAge


class Logement(Struct, frozen=True):
    """The home, without its address (which is in Identite)."""

    commune: Annotated[str, Meta(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
    qpv: bool
    typologie: Typologie | None = None


class Constats(Struct, frozen=True):
    """The days from which a due date will be found late, escalated and missed, if its review is not held. `escalade` is
    None when the contract ends first. Whoever keeps a clock goes by them, and need not know the rules of the calendar."""

    retard: date
    escalade: date | None
    manquee: date
