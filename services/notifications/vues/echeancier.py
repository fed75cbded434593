"""What falls due for each dossier and convention, and on which day: what the scheduler does, one line per task.

A fact that moves a deadline replaces all lines of its stream; a fact of the calendar removes its own. The days of lateness
come with the facts that set a due date (`constats`): the calendar's rules are the dossier's. Reminders are this service's
own, so the days before a due date on which they go out are set here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias, assert_never

from sqlalchemy import Column, Date, Index, Table, Text

from contracts import dossiers as d
from contracts import partenaires as p
from services.socle.base.columns import journal
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues

Read: TypeAlias = d.orientation.Event | d.contrat.Event | d.suivi.Event | d.fin.Event | p.conventions.Event
Ignored: TypeAlias = d.ContratPrepare | p.ConventionSignee

RAPPELS = {
    "orientation_a_repondre": timedelta(days=5),
    "reevaluation_dans_14_jours": timedelta(days=14),
    "reevaluation_dans_7_jours": timedelta(days=7),
}
"""Reminders, by the object of their message: how long before the date they go out."""
_UN_JOUR = timedelta(days=1)

vue = Table(
    "echeancier",
    vues(),
    *journal(),
    Column("tache", Text, nullable=False),
    Column("le", Date, nullable=False),
    Column("echeance", Date, nullable=False),
    Index("echeancier_le", "le"),
)
"""`stream_id` is the dossier's or the convention's; `le` the first day on which the task may be done."""


def lines(fait: Recorded[Read]) -> list[Row]:
    """The tasks that begin to wait with this fact, in the order in which they fall due."""
    taches = _taches(fait.event)
    return [{"tache": tache, "le": le, "echeance": echeance} for tache, le, echeance in sorted(taches, key=_jour)]


Tache: TypeAlias = tuple[str, date, date]


def _jour(tache: Tache) -> date:
    return tache[1]


def _taches(event: Read) -> Sequence[Tache]:
    match event:
        case d.MenageOriente(reponse_avant=limite, le=le) | d.OrientationMiseALEtude(reponse_avant=limite, le=le):
            return [*_rappels(limite, le, "orientation_a_repondre"), ("expirer-orientation", limite + _UN_JOUR, limite)]
        case d.ContratSigne() | d.SuiviReevalue() | d.ReevaluationManquee():
            return _reevaluation(event.prochaine_echeance, event.constats, event.le)
        case p.ConventionProposee(debut=debut):
            # Signed later than that, it is active from the signature: then this finds nothing to do.
            return [("activer", debut, debut)]
        case p.ConventionActivee(fin=fin):
            return [("echoir", fin + _UN_JOUR, fin)]
        case d.OrientationAcceptee() | d.OrientationRefusee() | d.OrientationRetiree() | d.OrientationExpiree():
            return []
        case d.ReevaluationEnRetard() | d.ReevaluationEscaladee() | d.DossierClos() | d.DonneesEffacees():
            return []
        case p.ConventionEchue():
            return []
        case other:
            return [] if isinstance(other, Ignored) else assert_never(other)


def _reevaluation(echeance: date | None, constats: d.Constats | None, le: date) -> Sequence[Tache]:
    if echeance is None or constats is None:
        return []
    dus = {
        "constater-retard": constats.retard,
        "constater-escalade": constats.escalade,
        "constater-manquee": constats.manquee,
    }
    rappels = _rappels(echeance, le, "reevaluation_dans_14_jours", "reevaluation_dans_7_jours")
    return [*rappels, *((tache, jour, echeance) for tache, jour in dus.items() if jour is not None)]


def _rappels(echeance: date, le: date, *objets: str) -> list[Tache]:
    """A reminder whose day had come when the date was set would tell nobody anything new."""
    jours = {objet: echeance - RAPPELS[objet] for objet in objets}
    return [(objet, jour, echeance) for objet, jour in jours.items() if jour > le]


def purge(fait: Recorded[Read]) -> Mapping[str, Any] | None:
    """What waits no more: one task for the calendar's own facts, all of the stream's for the others."""
    match fait.event:
        case d.ReevaluationEnRetard():
            return {"tache": "constater-retard"}
        case d.ReevaluationEscaladee():
            return {"tache": "constater-escalade"}
        case d.ContratSigne(complet=complet):
            return {} if complet else None
        case d.MenageOriente() | d.OrientationMiseALEtude() | d.OrientationAcceptee() | d.OrientationRefusee():
            return {}
        case d.OrientationRetiree() | d.OrientationExpiree() | d.SuiviReevalue() | d.ReevaluationManquee():
            return {}
        case d.DossierClos() | d.DonneesEffacees():
            return {}
        case p.ConventionProposee() | p.ConventionActivee() | p.ConventionEchue():
            return {}
        case other:
            return None if isinstance(other, Ignored) else assert_never(other)


projection = Journal(vue, Read, lines, visible="faits.a_le_role('service')", purge=purge, ignores=Ignored)

DUS = """
SELECT DISTINCT ON (e.stream_id) e.stream_id, e.tache, e.le, e.echeance
  FROM vues.echeancier e
 WHERE e.le <= {jour} AND NOT EXISTS (
       SELECT FROM vues.traitees t WHERE t.suivi = e.stream_id AND t.tache = e.tache AND t.le = e.le)
 ORDER BY e.stream_id, e.le, e.rang"""
"""The earliest task of each dossier or convention that is due on {jour} and waits still."""
