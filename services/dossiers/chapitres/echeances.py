"""What the calendar has in store for a signed contract: due, late, escalated, missed.

Facts of the calendar carry the civil date on which they became true, whenever they are recorded. So they depend on the
contract and its reviews alone: a clock that stopped for ten days records the same facts as one that never did.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from contracts.dossiers import Constats, ReevaluationEnRetard, ReevaluationEscaladee, ReevaluationManquee
from services.socle.base.calendar import echeances

Constat: TypeAlias = ReevaluationEnRetard | ReevaluationEscaladee | ReevaluationManquee

ESCALADE = timedelta(days=15)
FENETRE = timedelta(days=14)
"""A review held this long before a due date answers it. Earlier, it is one more: the due date stands."""
_UN_JOUR = timedelta(days=1)


class SousContrat(Struct, frozen=True):
    """A contract in force. `echeance` is the due date that awaits its review, None when none is left before the end."""

    signe_le: date
    fin: date
    periodicite_mois: int
    objectifs: frozenset[UUID]
    echeance: date | None
    en_retard: bool = False
    escaladee: bool = False

    def apres(self, jour: date) -> date | None:
        """The first due date after `jour`, counted from the signature so that none drifts; None past the end."""
        grille = echeances(self.signe_le, self.fin, self.periodicite_mois)
        return next((echeance for echeance in grille if echeance > jour), None)

    def attend(self, echeance: date | None) -> SousContrat:
        return replace(self, echeance=echeance, en_retard=False, escaladee=False)


def jours_de_constat(contrat: SousContrat) -> Constats | None:
    """When what may become of the awaited due date would be true; None when none is awaited."""
    if contrat.echeance is None:
        return None
    manquee = (contrat.apres(contrat.echeance) or contrat.fin) + _UN_JOUR
    escalade = contrat.echeance + ESCALADE
    # The contract may end before the review is fifteen days late.
    return Constats(contrat.echeance + _UN_JOUR, escalade if escalade <= manquee else None, manquee)


def a_constater(contrat: SousContrat) -> list[Constat]:
    """What will be true of the awaited due date, in order, if its review is never held; without what is recorded."""
    echeance, jours = contrat.echeance, jours_de_constat(contrat)
    if echeance is None or jours is None:
        return []
    constats: list[Constat] = []
    if not contrat.en_retard:
        constats.append(ReevaluationEnRetard(echeance, jours.retard))
    if not contrat.escaladee and jours.escalade is not None:
        constats.append(ReevaluationEscaladee(echeance, jours.escalade))
    suivante = contrat.apres(echeance)
    apres = jours_de_constat(contrat.attend(suivante))
    return [*constats, ReevaluationManquee(echeance, suivante, jours.manquee, apres)]


def constats_dus(contrat: SousContrat, jour: date) -> Iterator[Constat]:
    """All that has become true by `jour` and is not recorded, one due date after the other."""
    while dus := [constat for constat in a_constater(contrat) if constat.le <= jour]:
        yield from dus
        for constat in dus:
            contrat = constater(contrat, constat)


def constater(contrat: SousContrat, constat: Constat) -> SousContrat:
    match constat:
        case ReevaluationEnRetard():
            return replace(contrat, en_retard=True)
        case ReevaluationEscaladee():
            return replace(contrat, escaladee=True)
        case ReevaluationManquee(prochaine_echeance=prochaine):
            return contrat.attend(prochaine)
        case other:
            assert_never(other)
