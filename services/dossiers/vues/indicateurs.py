"""What is counted, coded: for the landlord, the association and the funders of the convention.

Nothing here says who: the key is derived from the dossier's random id, dates are the Mondays of their weeks, and every
other column is a code, a count, the commune or QPV yes/no, as the sharing table's last column allows.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, TypeAlias, assert_never
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Response
from sqlalchemy import ARRAY, Boolean, Column, Date, Index, Integer, Table, Text, Uuid, extract, func, select

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ContratSigne,
    DossierClos,
    EntretienInitialTenu,
    MenageOriente,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationRefusee,
    OrientationRetiree,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    SuiviReevalue,
)
from services.dossiers.lectures import Convention
from services.dossiers.vues import conventions
from services.socle.base import database
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.http import json
from services.socle.web.questions import SOMETHING, LaQuestion, answers
from services.socle.web.shapes import ENTIER, IDENTIFIANT, OUI_NON, objet, ou_rien, par

Read: TypeAlias = (
    MenageOriente
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
    | AdhesionRecueillie
    | AdhesionRefusee
    | EntretienInitialTenu
    | ContratSigne
    | SuiviReevalue
    | ReevaluationEnRetard
    | ReevaluationEscaladee
    | ReevaluationManquee
    | DossierClos
)

_SANS_SUITE = ("refuses", "retires", "expires", "adhesions_refusees", "refus_auteur", "refus_etape", "refus_motif")

_NAMESPACE = UUID("6f1d7c0a-3f0b-4f57-9a3c-2f6f2f0a9c11")

ETAPES = ("orientes", "acceptes", "adhesions", "entretiens", "contrats", "clos")
"""The stages counted, each contained in the one before (a closed dossier need not have gone through all of them)."""

vue = Table(
    "indicateurs",
    vues(),
    Column("cle", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("convention", Uuid, nullable=False),
    Column("type_menage", Text, nullable=False),
    Column("tranche_age", Text, nullable=False),
    Column("commune", Text, nullable=False),
    Column("qpv", Boolean, nullable=False),
    Column("publics", ARRAY(Text), nullable=False),
    Column("motifs", ARRAY(Text), nullable=False),
    Column("orientes", Date, nullable=False),
    Column("acceptes", Date),
    Column("refuses", Date),
    Column("retires", Date),
    Column("expires", Date),
    Column("refus_auteur", Text),
    Column("refus_etape", Text),
    Column("refus_motif", Text),
    Column("adhesions", Date),
    Column("adhesions_refusees", Date),
    Column("entretiens", Date),
    Column("contrats", Date),
    Column("clos", Date),
    Column("motif_sortie", Text),
    Column("situation_sortie", Text),
    Column("reevaluations", Integer, nullable=False),
    Column("retards", Integer, nullable=False),
    Column("escalades", Integer, nullable=False),
    Column("manquees", Integer, nullable=False),
    Index("indicateurs_convention", "convention", "orientes"),
)


SEUIL = 11
"""Under it, a number of households is not shown to those who only pay."""


def key(fait: Recorded[Any]) -> UUID:
    return uuid5(_NAMESPACE, fait.stream.hex)


def semaine(jour: date) -> date:
    """The Monday of the day's week."""
    return jour - timedelta(days=jour.weekday())


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    event = fait.event
    if isinstance(event, MenageOriente):
        # Oriented again after a request that came to nothing: how that one ended still counts.
        return {name: row.get(name) for name in _SANS_SUITE if row} | {
            "convention": event.convention,
            "type_menage": event.composition.type_menage,
            "tranche_age": event.composition.tranche_age,
            "commune": event.logement.commune,
            "qpv": event.logement.qpv,
            "publics": list(event.publics),
            "motifs": list(event.motifs),
            "orientes": semaine(event.le),
            "reevaluations": 0,
            "retards": 0,
            "escalades": 0,
            "manquees": 0,
        }
    if row is None:
        return None
    le = semaine(event.le)
    match event:
        case OrientationAcceptee():
            return row | {"acceptes": le}
        case OrientationRefusee(auteur=auteur, etape=etape, motif=motif):
            return row | {"refuses": le, "refus_auteur": auteur, "refus_etape": etape, "refus_motif": motif}
        case OrientationRetiree():
            return row | {"retires": le}
        case OrientationExpiree():
            return row | {"expires": le}
        case AdhesionRecueillie():
            return row | {"adhesions": le}
        case AdhesionRefusee(motif=motif):
            return row | {"adhesions_refusees": le, "refus_auteur": "menage", "refus_motif": motif}
        case EntretienInitialTenu():
            return row | {"entretiens": le}
        case ContratSigne(complet=complet):
            return row | {"contrats": le} if complet else row
        case SuiviReevalue():
            return row | {"reevaluations": row["reevaluations"] + 1}
        case ReevaluationEnRetard():
            return row | {"retards": row["retards"] + 1}
        case ReevaluationEscaladee():
            return row | {"escalades": row["escalades"] + 1}
        case ReevaluationManquee():
            return row | {"manquees": row["manquees"] + 1}
        case DossierClos(motif=motif, situation=situation):
            return row | {"clos": le, "motif_sortie": motif, "situation_sortie": situation}
        case other:
            assert_never(other)


# Asked once for the whole query, where a function of the row would be asked for each of a convention's households.
_DES_MIENNES = "convention = ANY ((SELECT vues.mes_conventions())::uuid[])"

projection = Fiche(vue, Read, fold, visible=_DES_MIENNES, key=key, generation=2)


def compte(convention: UUID, annee: int) -> database.Query:
    """Of the households oriented in the year under the convention, how many reached each stage; one row."""
    columns: list[Any] = [func.count(vue.c[name]).label(name) for name in ETAPES]
    columns += [func.count(vue.c[name]).label(name) for name in ("refuses", "retires", "expires", "adhesions_refusees")]
    columns += [
        func.coalesce(func.sum(vue.c[name]), 0).label(name)
        for name in ("reevaluations", "retards", "escalades", "manquees")
    ]
    return select(*columns).where(vue.c.convention == convention, extract("isoyear", vue.c.orientes) == annee)


def par_mois(convention: UUID, annee: int, etape: str) -> database.Query:
    """How many households reached `etape` (one of ETAPES) in each month of the year. A week is of the month, and of the
    year, of its Thursday: the months of a year are its weeks, those that `compte` counts."""
    jeudi = vue.c[etape] + 3
    mois = extract("month", jeudi).label("mois")
    return (
        select(mois, func.count().label("nombre"))
        .where(vue.c.convention == convention, extract("year", jeudi) == annee)
        .group_by(mois)
        .order_by(mois)
    )


def masquer(chaine: Sequence[int], seuil: int = SEUIL) -> list[int | None]:
    """Counts that contain each other (the first the largest), with small cells masked (None).

    A count under `seuil` is masked unless it is 0; and so is one that would give away a small count as the difference from
    the last one published before it.
    """
    published: list[int | None] = []
    last: int | None = None
    for count in chaine:
        small = 0 < count < seuil
        telling = last is not None and 0 < last - count < seuil
        published.append(None if small or telling else count)
        if published[-1] is not None:
            last = count
    return published


def presenter(compte: Mapping[str, Any], par_mois: Mapping[str, Sequence[Mapping[str, Any]]], masque: bool) -> Row:
    """The counts as they are shown: exact to those who do the work, small cells masked to those who pay for it.

    Each stage contains the next, so they are masked as a chain; every other count is masked on its own. A stage's months
    are one table with their sum, so they are shown all or none: none as soon as one is masked, or their sum would tell
    the stage's own count where it is masked, or a small difference with it where it is not.
    """
    etapes = [int(compte.get(name) or 0) for name in ETAPES]
    autres = {name: int(value or 0) for name, value in compte.items() if name not in ETAPES}
    mois = {name: {str(int(r["mois"])): int(r["nombre"]) for r in rows} for name, rows in par_mois.items()}
    if not masque:
        stages = dict(zip(ETAPES, etapes, strict=True))
        return {"etapes": stages, **autres, "par_mois": mois, "masque": False, "seuil": None}
    seul = {name: masquer([value])[0] for name, value in autres.items()}
    published = dict(zip(ETAPES, masquer(etapes), strict=True))
    entier = {name: counts if _montrables(counts, published[name]) else None for name, counts in mois.items()}
    return {"etapes": published, **seul, "par_mois": entier, "masque": True, "seuil": SEUIL}


def _montrables(mois: Mapping[str, int], publie: int | None) -> bool:
    """Whether a stage's months may stand beside its count, as `presenter` says."""
    if not mois:
        return True
    if publie is None:
        return False
    return not any(0 < n < SEUIL for n in (*mois.values(), abs(publie - sum(mois.values()))))


# Questions

routes = APIRouter(prefix="/v1")


_AUTRES = [str(c.key) for c in compte(SOMETHING, 2026).selected_columns if c.key not in ETAPES]
INDICATEURS = objet(
    convention=IDENTIFIANT,
    annee=ENTIER,
    masque=OUI_NON,
    seuil=ou_rien(ENTIER),
    etapes=objet(**dict.fromkeys(ETAPES, ou_rien(ENTIER))),
    par_mois=objet(**dict.fromkeys(ETAPES, ou_rien(par(ENTIER)))),
    **dict.fromkeys(_AUTRES, ou_rien(ENTIER)),
)


@routes.get("/conventions/{convention}/indicateurs", **answers(INDICATEURS))
async def les_indicateurs(
    convention: Convention, annee: Annotated[int, Query(ge=2000, le=2100)], lu: LaQuestion
) -> Response:
    """Combien de ménages à chaque étape, pour l'année d'orientation ; les petits nombres sont masqués aux financeurs."""
    connue = await lu.row(conventions.une(convention))
    [compte_de_l_annee] = await lu.rows(compte(convention, annee))
    mois = {etape: await lu.rows(par_mois(convention, annee, etape)) for etape in ETAPES}
    montre = presenter(compte_de_l_annee, mois, masque=not conventions.y_travaille(lu.acteur, connue))
    return json(montre | {"convention": convention, "annee": annee})
