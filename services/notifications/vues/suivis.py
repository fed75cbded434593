"""Each dossier as the others have to be told of it: whose it is, who follows it, where the funders have heard of it.

An event of a dossier names none of its parties after the first ones: this is where a message finds its addressee, and a
coded fact its convention.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from sqlalchemy import Boolean, Column, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from contracts import dossiers as d
from contracts.flux import coder
from contracts.notifications import SANS_PSEUDONYME
from services.socle.base.columns import fiche
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = (
    d.reperage.Event
    | d.orientation.Event
    | d.adhesion.Event
    | d.equipe.Event
    | d.entretien.Event
    | d.contrat.Event
    | d.suivi.Event
    | d.vie_privee.Event
    | d.fin.Event
)
Ignored: TypeAlias = d.DiagnosticPose | d.RencontreTenue

PARTAGE_SYNTHESE = "partage_synthese"
"""The purpose (list « finalite_consentement ») for which the landlord may read the shared summary."""

vue = Table(
    "suivis",
    vues(),
    *fiche("dossier"),
    Column("bailleur", Uuid, nullable=False),
    Column("association", Uuid),
    Column("convention", Uuid),
    Column("referent", Uuid),
    Column("synthese_partagee", Boolean, nullable=False),
    Column("efface", Boolean, nullable=False),
    Column("publie", JSONB, nullable=False),
)
"""`publie`: convention → the civil years in which its funders received a fact of the dossier, hence a pseudonym."""


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    event = fait.event
    if isinstance(event, d.MenageRepere):
        return {
            "bailleur": event.bailleur, "association": None, "convention": None, "referent": None,
            "synthese_partagee": False, "efface": False, "publie": {},
        }  # fmt: skip
    if row is None:
        return None
    match event:
        case d.MenageOriente(association=association, convention=convention):
            row = row | {"association": association, "convention": convention}
        case d.ReferentDesigne(referent=referent):
            row = row | {"referent": referent}
        case d.ConsentementRecueilli(finalite=finalite):
            row = row | {"synthese_partagee": True} if finalite == PARTAGE_SYNTHESE else row
        case d.ConsentementRetire(finalite=finalite):
            row = row | {"synthese_partagee": False} if finalite == PARTAGE_SYNTHESE else row
        case d.DonneesEffacees():
            return row | {"efface": True}
        case d.OrientationMiseALEtude() | d.OrientationAcceptee() | d.OrientationRefusee() | d.OrientationRetiree():
            pass  # these and the following change nothing here, but the funders may receive something of them
        case d.OrientationExpiree() | d.AdhesionRecueillie() | d.AdhesionRefusee() | d.EntretienInitialTenu():
            pass
        case d.ContratPrepare() | d.ContratSigne() | d.SuiviReevalue() | d.ReevaluationEnRetard():
            pass
        case d.ReevaluationEscaladee() | d.ReevaluationManquee() | d.DossierClos():
            pass
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)
    return row | {"publie": _publie(row, event)} if est_publie(row, event) else row


def est_publie(row: Row, event: Read) -> bool:
    """Whether the convention's funders receive something of `event`; nothing any more once the dossier was erased."""
    return not row["efface"] and row["convention"] is not None and coder(event, SANS_PSEUDONYME) is not None


def _publie(row: Row, event: Read) -> dict[str, list[int]]:
    convention = str(row["convention"])
    annees = {*row["publie"].get(convention, ()), event.le.year}
    return {**row["publie"], convention: sorted(annees)}


projection = Fiche(vue, Read, fold, visible="faits.a_le_role('service')", ignores=Ignored)
