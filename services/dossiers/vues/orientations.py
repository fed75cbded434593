"""The landlord's view: the households it spotted, where each stands, and the dates. Never a note, a theme or a score."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from collections.abc import Collection
from typing import TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import ARRAY, Boolean, Column, Date, Index, Integer, Table, Text, Uuid, func, select, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ConsentementRecueilli,
    ConsentementRetire,
    ContratPrepare,
    ContratSigne,
    DiagnosticPose,
    DonneesEffacees,
    DossierClos,
    MenageOriente,
    MenageRepere,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    RencontreTenue,
    SuiviReevalue,
    adhesion,
    contrat,
    fin,
    orientation,
    reperage,
    suivi,
    vie_privee,
)
from services.dossiers.lectures import COMPTES, Codes, Dossiers, par_etape, pour_un_bailleur
from services.dossiers.vues import attendu
from services.socle.base.columns import fiche, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.http import json
from services.socle.web.questions import LaPage, LaQuestion, answers, pages
from services.socle.web.reading import Tri

Read: TypeAlias = (
    reperage.Event | orientation.Event | adhesion.Event | contrat.Event | suivi.Event | vie_privee.Event | fin.Event
)

vue = Table(
    "orientations",
    vues(),
    *fiche("dossier"),
    Column("bailleur", Uuid, nullable=False),
    Column("association", Uuid),
    Column("convention", Uuid),
    Column("menage", Uuid, nullable=False),
    Column("etape", Text, nullable=False),
    Column("etape_depuis", Date, nullable=False),
    Column("identite", JSONB),
    Column("composition", JSONB),
    Column("logement", JSONB),
    Column("publics", ARRAY(Text), nullable=False),
    Column("motifs", ARRAY(Text), nullable=False),
    Column("constat", Text),
    Column("expose", Text),
    Column("rencontres", Integer, nullable=False),
    Column("consentements", ARRAY(Text), nullable=False),
    Column("repere_le", Date, nullable=False),
    Column("oriente_le", Date),
    Column("reponse_avant", Date),
    Column("acceptee_le", Date),
    Column("refus", JSONB),
    Column("adhesion_le", Date),
    Column("contrat", JSONB),
    Column("prochaine_echeance", Date),
    Column("suivi", Text),
    Column("reevaluations", Integer, nullable=False),
    Column("synthese", Text),
    Column("clos_le", Date),
    Column("sortie", Text),
    Column("attendu", JSONB),
    Column("efface", Boolean, nullable=False),
    Index("orientations_bailleur", "bailleur", "etape", "dossier"),
    Index("orientations_ordre", "bailleur", text("repere_le DESC NULLS LAST"), "dossier", "etape"),
)

_SORTIES = {
    "objectifs_atteints": "accompagnement_termine",
    "relais_droit_commun": "accompagnement_termine",
    "relogement": "logement_change",
    "demenagement": "logement_change",
    "expulsion": "logement_change",
}
"""The coarse reason the landlord may know; every other reason is the household's and reads « autre_sortie »."""


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    return attendu.suivi(_fold(row, fait), row, fait.event)


def _fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    event = fait.event
    if isinstance(event, MenageRepere):
        return _repere(event)
    if row is None:
        return None
    match event:
        case DiagnosticPose(motifs=motifs, constat=constat):
            return row | {"motifs": list(motifs), "constat": constat}
        case RencontreTenue(par=par):
            return row | {"rencontres": row["rencontres"] + 1} if par == "bailleur" else row
        case MenageOriente() as oriente:
            return row | {
                "etape": "orientee",
                "etape_depuis": oriente.le,
                "association": oriente.association,
                "convention": oriente.convention,
                "motifs": list(oriente.motifs),
                "expose": oriente.expose,
                "oriente_le": oriente.le,
                "reponse_avant": oriente.reponse_avant,
            }
        case OrientationMiseALEtude(reponse_avant=avant, le=le):
            return row | {"etape": "a_l_etude", "etape_depuis": le, "reponse_avant": avant}
        case OrientationAcceptee(le=le):
            return row | {"etape": "acceptee", "etape_depuis": le, "acceptee_le": le, "reponse_avant": None}
        case OrientationRefusee() as refus:
            return row | {"etape": "refusee", "etape_depuis": refus.le, "reponse_avant": None, "refus": _refus(refus)}
        case OrientationRetiree(le=le):
            return row | {"etape": "retiree", "etape_depuis": le, "reponse_avant": None}
        case OrientationExpiree(le=le):
            return row | {"etape": "expiree", "etape_depuis": le, "reponse_avant": None}
        case AdhesionRecueillie(le=le):
            return row | {"etape": "adhesion", "etape_depuis": le, "adhesion_le": le}
        case AdhesionRefusee(le=le):
            # Why the household declined is between it and the association.
            return row | {"etape": "adhesion_refusee", "etape_depuis": le}
        case ContratPrepare() as contrat:
            own = [simple(e) for e in contrat.engagements if e.partie == "bailleur"]
            dates = {"debut": contrat.debut.isoformat(), "fin": contrat.fin.isoformat()}
            # `contrat`: whoever signs says which one they have read.
            return row | {"contrat": {"contrat": str(contrat.contrat), **dates, "engagements": own, "signatures": []}}
        case ContratSigne() as signe:
            return _signe(row, signe)
        case SuiviReevalue(prochaine_echeance=prochaine, synthese=synthese):
            shared = synthese if "partage_synthese" in row["consentements"] else None
            return row | {
                "suivi": "a_jour", "prochaine_echeance": prochaine, "reevaluations": row["reevaluations"] + 1,
                "synthese": shared,
            }  # fmt: skip
        case ReevaluationEnRetard():
            return row | {"suivi": "en_retard"}
        case ReevaluationEscaladee():
            return row | {"suivi": "escaladee"}
        case ReevaluationManquee(prochaine_echeance=prochaine):
            return row | {"suivi": "manquee", "prochaine_echeance": prochaine}
        case ConsentementRecueilli(finalite=finalite):
            return row | {"consentements": sorted({*row["consentements"], finalite})}
        case ConsentementRetire(finalite=finalite):
            left = row | {"consentements": sorted({*row["consentements"]} - {finalite})}
            return left | {"synthese": None} if finalite == "partage_synthese" else left
        case DossierClos(motif=motif, le=le):
            return row | {
                "etape": "clos", "etape_depuis": le, "clos_le": le, "prochaine_echeance": None, "suivi": None,
                "sortie": _SORTIES.get(motif, "autre_sortie"),
            }  # fmt: skip
        case DonneesEffacees(organisation=organisation):
            return row | _EFFACE if str(organisation) == str(row["bailleur"]) else row
        case other:
            assert_never(other)


_EFFACE: Row = {
    "identite": None, "composition": None, "logement": None, "constat": None, "expose": None, "refus": None,
    "contrat": None, "synthese": None, "publics": [], "motifs": [], "efface": True,
}  # fmt: skip


def _refus(refus: OrientationRefusee) -> Row:
    """What the association answered. Why a household declined is between the two of them, here as after an acceptance;
    and words are only passed on where they stand for the code."""
    dit: Row = {"auteur": refus.auteur, "etape": refus.etape}
    if refus.auteur != "menage":
        dit |= {"motif": refus.motif, "precision": refus.precision if refus.motif == "autre" else ""}
    return dit


def _repere(event: MenageRepere) -> Row:
    return {
        "bailleur": event.bailleur,
        "menage": event.menage,
        "etape": "reperee",
        "etape_depuis": event.le,
        "identite": simple(event.identite),
        "composition": simple(event.composition),
        "logement": simple(event.logement),
        "publics": list(event.publics),
        "motifs": [],
        "rencontres": 0,
        "consentements": [],
        "repere_le": event.le,
        "reevaluations": 0,
        "efface": False,
    }


def _signe(row: Row, signe: ContratSigne) -> Row:
    contrat = row["contrat"] or {}
    signature = {"partie": signe.partie, "le": signe.le.isoformat()}
    row = row | {"contrat": {**contrat, "signatures": [*contrat.get("signatures", []), signature]}}
    if not signe.complet:
        return row
    return row | {
        "etape": "sous_contrat", "etape_depuis": signe.le, "prochaine_echeance": signe.prochaine_echeance, "suivi": "a_jour",
    }  # fmt: skip


projection = Fiche(vue, Read, fold, visible="bailleur = vues.mon_bailleur()", generation=2)

RESUME = [
    vue.c[name]
    for name in (
        "dossier", "version", "etape", "etape_depuis", "association", "convention", "identite", "repere_le", "oriente_le",
        "reponse_avant", "prochaine_echeance", "suivi", "reevaluations", "clos_le", "attendu", "efface",
    )
]  # fmt: skip


def liste(
    etapes: Collection[str] | None = None, convention: UUID | None = None, dossiers: Collection[UUID] | None = None
) -> Query:
    """The landlord's households, optionally of some stages or one convention, or some dossiers only."""
    query = select(*RESUME)
    if etapes:
        query = query.where(vue.c.etape.in_(etapes))
    if convention is not None:
        query = query.where(vue.c.convention == convention)
    if dossiers is not None:
        query = query.where(vue.c.dossier.in_(dossiers))
    return query


def comptes(convention: UUID | None = None) -> Query:
    """How many households at each stage, optionally of one convention."""
    query = select(vue.c.etape, func.count().label("combien")).group_by(vue.c.etape)
    return query if convention is None else query.where(vue.c.convention == convention)


def un(dossier: UUID) -> Query:
    return select(vue).where(vue.c.dossier == dossier)


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/orientations", **pages(liste()))
async def les_orientations(
    lu: LaQuestion, ou: LaPage, etape: Codes = None, convention: UUID | None = None, dossier: Dossiers = None
) -> Response:
    """Les ménages que le bailleur a repérés, et où en est chacun."""
    pour_un_bailleur(lu)
    tri = [Tri(vue.c.repere_le, decroissant=True), Tri(vue.c.dossier)]
    return await lu.page(liste(etape, convention, dossier), tri, ou)


@routes.get("/orientations/comptes", **answers(COMPTES))
async def les_comptes_des_orientations(lu: LaQuestion, convention: UUID | None = None) -> Response:
    """Combien de ménages à chaque étape ; chaque nombre ouvre la liste du même nom."""
    pour_un_bailleur(lu)
    return json(par_etape(await lu.rows(comptes(convention))))
