"""The service's views, in the order they are created. Their row-level security asks no question of another table."""

from __future__ import annotations

from services.notifications.vues import (
    acces,
    boite,
    conventions,
    echeancier,
    flux,
    lectures,
    organisations,
    suivis,
    traitees,
)
from services.socle.views.view import View

VUES: tuple[View, ...] = (
    acces.projection,
    organisations.projection,
    conventions.projection,
    suivis.projection,
    echeancier.projection,
    traitees.projection,
    boite.projection,
    lectures.projection,
    flux.projection,
)
