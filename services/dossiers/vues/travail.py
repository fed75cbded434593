"""What the association owes next for each dossier, and by when: one line per dossier that waits for somebody."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from collections.abc import Collection
from datetime import date, timedelta
from typing import Annotated, Literal, TypeAlias, assert_never, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Column, ColumnElement, Date, Index, Integer, Label, Table, Text, Uuid, and_, func, select
from sqlalchemy.dialects.postgresql import JSONB

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
    RencontreTenue,
    SuiviReevalue,
    adhesion,
    contrat,
    entretien,
    equipe,
    fin,
    orientation,
    suivi,
)
from services.dossiers.lectures import Code, Codes, pour_une_association
from services.dossiers.vues import acces, attendu
from services.socle.base import database
from services.socle.base.columns import fiche
from services.socle.base.recorded import Recorded
from services.socle.facts.command import JourEcrit
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.http import json
from services.socle.web.questions import LaPage, LaQuestion, answers, pages
from services.socle.web.reading import Tri
from services.socle.web.shapes import ENTIER, OUI_NON, ligne, objet, par
from services.socle.web.shapes import liste as forme_liste

Read: TypeAlias = (
    orientation.Event | adhesion.Event | equipe.Event | entretien.Event | contrat.Event | suivi.Event | fin.Event
)
Ignored: TypeAlias = RencontreTenue
Suivis: TypeAlias = (
    OrientationMiseALEtude
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
    | AdhesionRecueillie
    | AdhesionRefusee
    | EntretienInitialTenu
    | ContratPrepare
    | ContratSigne
    | DossierClos
    | DonneesEffacees
)
"""They change what is awaited, and nothing else here."""

vue = Table(
    "travail",
    vues(),
    *fiche("dossier"),
    Column("association", Uuid, nullable=False),
    Column("referent", Uuid),
    Column("convention", Uuid, nullable=False),
    Column("attendu", JSONB, nullable=False),
    Column("quoi", Text, nullable=False),
    Column("echeance", Date),
    Column("urgence", Text, nullable=False),
    Column("manquees", Integer, nullable=False),
    # In the order of the list; what filters it and is counted comes after, so that neither needs the rows.
    Index("travail_association", "association", "echeance", "dossier", "quoi", "referent", "urgence"),
)


AU_BAILLEUR_SEUL = ("orienter", "orienter_de_nouveau")


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    """None as soon as nobody has to do anything for the dossier, or only the landlord: it may orient the household again, and
    the orientation is then another. A contract that the landlord has still to sign stays the association's to follow."""
    apres = attendu.suivi(_fold(row, fait), row, fait.event)
    du = apres and apres["attendu"]
    if not apres or not du or du["quoi"] in AU_BAILLEUR_SEUL:
        return None
    return apres | {"quoi": du["quoi"], "echeance": attendu.en_date(du["avant"])}


def _fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    event = fait.event
    if isinstance(event, MenageOriente):
        return {
            "association": event.association, "referent": None, "convention": event.convention, "attendu": None,
            "urgence": "normale", "manquees": 0,
        }  # fmt: skip
    if row is None:
        return None
    match event:
        case ReferentDesigne(referent=referent):
            return row | {"referent": referent}
        case SuiviReevalue():
            return row | {"urgence": "normale"}
        case ReevaluationEnRetard():
            return row | {"urgence": "retard"}
        case ReevaluationEscaladee():
            return row | {"urgence": "escalade"}
        case ReevaluationManquee():
            return row | {"urgence": "normale", "manquees": row["manquees"] + 1}
        case other:
            return row if isinstance(other, Ignored | Suivis) else assert_never(other)


projection = Fiche(vue, Read, fold, visible="association = vues.mon_association()", ignores=Ignored, generation=2)


Tranche: TypeAlias = Literal["en_retard", "sept_jours", "trente_jours", "plus_tard", "sans_echeance"]
TRANCHES: tuple[Tranche, ...] = get_args(Tranche)
"""The due work by how soon: each of these is a filter of the list, and a count that opens it. They never overlap."""
SEMAINE, MOIS = timedelta(days=7), timedelta(days=30)


def liste(
    referent: UUID | None = None,
    avant: date | None = None,
    urgence: str | None = None,
    tranche: ColumnElement[bool] | None = None,
    attendus: Collection[str] | None = None,
    sans_referent: bool = False,
) -> database.Query:
    """Due work, optionally of one référent or none, due before a day (Paris civil date), of one urgency, tranche, kind."""
    query = select(vue)
    if referent is not None:
        query = query.where(vue.c.referent == referent)
    if avant is not None:
        query = query.where(vue.c.echeance < avant)
    if urgence is not None:
        query = query.where(vue.c.urgence == urgence)
    if tranche is not None:
        query = query.where(tranche)
    if attendus:
        query = query.where(vue.c.quoi.in_(attendus))
    if sans_referent:
        query = query.where(vue.c.referent.is_(None))
    return query


def dans_la_tranche(nom: Tranche, le: date) -> ColumnElement[bool]:
    """What falls in one of TRANCHES on the day `le`. The last day itself is not late yet."""
    echeance = vue.c.echeance
    match nom:
        case "en_retard":
            return echeance < le
        case "sept_jours":
            return echeance.between(le, le + SEMAINE)
        case "trente_jours":
            return and_(echeance > le + SEMAINE, echeance <= le + MOIS)
        case "plus_tard":
            return echeance > le + MOIS
        case "sans_echeance":
            return echeance.is_(None)
        case jamais:
            assert_never(jamais)


def comptes(le: date, referent: UUID | None = None, sans_referent: bool = False) -> database.Query:
    """How much of each tranche and kind: one row per kind, for the whole association, one référent or none."""
    query = select(vue.c.quoi, *_par_tranche(le)).group_by(vue.c.quoi)
    if referent is not None:
        query = query.where(vue.c.referent == referent)
    return query.where(vue.c.referent.is_(None)) if sans_referent else query


def charge(le: date) -> database.Query:
    """How many accepted dossiers each référent follows, by tranche; one row without référent for what is nobody's yet."""
    suivis = select(vue.c.referent, func.count().label("ouverts"), *_par_tranche(le)).where(vue.c.quoi != "repondre")
    return suivis.group_by(vue.c.referent)


def _par_tranche(le: date) -> list[Label[int]]:
    return [func.count().filter(dans_la_tranche(nom, le)).label(nom) for nom in TRANCHES]


# Questions

routes = APIRouter(prefix="/v1")


COMPTES = objet(total=ENTIER, par_tranche=objet(**dict.fromkeys(TRANCHES, ENTIER)), par_attendu=par(ENTIER))
CHARGE = objet(elements=forme_liste(ligne(charge(date.min), actif=OUI_NON)))


@routes.get("/travail", **pages(liste()))
async def le_travail(
    lu: LaQuestion,
    ou: LaPage,
    referent: UUID | None = None,
    avant: JourEcrit | None = None,
    urgence: Code = None,
    tranche: Annotated[Tranche | None, Query(description="Dans combien de temps, vu d'aujourd'hui.")] = None,
    attendu: Codes = None,
    sans_referent: bool = False,
) -> Response:
    """Ce que l'association doit faire, le plus urgent d'abord ; sans échéance à la fin."""
    pour_une_association(lu)
    bientot = dans_la_tranche(tranche, lu.aujourd_hui) if tranche else None
    query = liste(referent, avant, urgence, bientot, attendu, sans_referent)
    return await lu.page(query, [Tri(vue.c.echeance), Tri(vue.c.dossier)], ou)


@routes.get("/travail/comptes", **answers(COMPTES))
async def les_comptes_du_travail(lu: LaQuestion, referent: UUID | None = None, sans_referent: bool = False) -> Response:
    """Combien à faire, par échéance et par sorte ; chaque nombre ouvre la liste du même filtre."""
    pour_une_association(lu)
    rows = await lu.rows(comptes(lu.aujourd_hui, referent, sans_referent))
    par_tranche = {nom: sum(row[nom] for row in rows) for nom in TRANCHES}
    par_attendu = {row["quoi"]: sum(row[nom] for nom in TRANCHES) for row in rows}
    return json({"total": sum(par_tranche.values()), "par_tranche": par_tranche, "par_attendu": par_attendu})


@routes.get("/charge", **answers(CHARGE))
async def la_charge(lu: LaQuestion) -> Response:
    """Ce que suit chaque référent de l'association, et ce qui n'est encore à personne (référent nul)."""
    pour_une_association(lu)
    suivis = await lu.rows(charge(lu.aujourd_hui))
    connus = {row["referent"] for row in suivis}
    rien = dict.fromkeys(("ouverts", *TRANCHES), 0)
    actifs = [row["membre"] for row in await lu.rows(acces.referents())]
    libres = [{"referent": membre, **rien} for membre in actifs if membre not in connus]
    return json({"elements": [{**row, "actif": row["referent"] in actifs} for row in (*suivis, *libres)]})
