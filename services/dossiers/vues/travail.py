"""What the association owes next for each dossier, and by when: one line per dossier that waits for somebody."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid, select

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ContratPrepare,
    ContratSigne,
    DonneesEffacees,
    DossierClos,
    EntretienInitialTenu,
    MenageOriente,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    ReferentDesigne,
    SuiviReevalue,
)
from services.socle.colonnes import fiche
from services.socle.database import Query
from services.socle.recorded import Recorded
from services.socle.view import Fiche, Row, vues

Read: TypeAlias = (
    MenageOriente
    | OrientationMiseALEtude
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
    | AdhesionRecueillie
    | AdhesionRefusee
    | ReferentDesigne
    | EntretienInitialTenu
    | ContratPrepare
    | ContratSigne
    | SuiviReevalue
    | ReevaluationEnRetard
    | ReevaluationEscaladee
    | ReevaluationManquee
    | DossierClos
    | DonneesEffacees
)

vue = Table(
    "travail",
    vues(),
    *fiche("dossier"),
    Column("association", Uuid, nullable=False),
    Column("referent", Uuid),
    Column("convention", Uuid, nullable=False),
    Column("attendu", Text, nullable=False),
    Column("echeance", Date),
    Column("urgence", Text, nullable=False),
    Column("manquees", Integer, nullable=False),
    Index("travail_association", "association", "echeance", "dossier"),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    """None as soon as nobody of the association has to do anything for the dossier."""
    event = fait.event
    if isinstance(event, MenageOriente):
        return {
            "association": event.association,
            "referent": None,
            "convention": event.convention,
            "attendu": "repondre",
            "echeance": event.reponse_avant,
            "urgence": "normale",
            "manquees": 0,
        }
    if row is None:
        return None
    match event:
        case OrientationMiseALEtude(reponse_avant=avant):
            return row | {"echeance": avant}
        case OrientationAcceptee():
            return row | {"attendu": "recueillir_adhesion", "echeance": None}
        case AdhesionRecueillie():
            return row | {"attendu": "tenir_entretien", "echeance": None}
        case ReferentDesigne(referent=referent):
            return row | {"referent": referent}
        case EntretienInitialTenu():
            return row | {"attendu": "preparer_contrat", "echeance": None}
        case ContratPrepare(debut=debut):
            return row | {"attendu": "signer_contrat", "echeance": debut}
        case ContratSigne(complet=complet, prochaine_echeance=prochaine):
            return row | {"attendu": "reevaluer", "echeance": prochaine} if complet else row
        case SuiviReevalue(prochaine_echeance=prochaine):
            return row | {"echeance": prochaine, "urgence": "normale"}
        case ReevaluationEnRetard():
            return row | {"urgence": "retard"}
        case ReevaluationEscaladee():
            return row | {"urgence": "escalade"}
        case ReevaluationManquee(prochaine_echeance=prochaine):
            return row | {"echeance": prochaine, "urgence": "normale", "manquees": row["manquees"] + 1}
        case (
            OrientationRefusee()
            | OrientationRetiree()
            | OrientationExpiree()
            | AdhesionRefusee()
            | DossierClos()
            | DonneesEffacees()
        ):
            return None
        case other:
            assert_never(other)


projection = Fiche(vue, Read, fold, visible="association = vues.mon_association()")


def liste(referent: UUID | None = None, avant: date | None = None, urgence: str | None = None) -> Query:
    """Due work, optionally one référent's, due before a day (Paris civil date), or of one urgency."""
    query = select(vue)
    if referent is not None:
        query = query.where(vue.c.referent == referent)
    if avant is not None:
        query = query.where(vue.c.echeance < avant)
    if urgence is not None:
        query = query.where(vue.c.urgence == urgence)
    return query
