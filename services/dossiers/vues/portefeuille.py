"""The association's portfolio: each household it was asked to meet, where it stands and what is due next."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from collections.abc import Collection
from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi import Query as Parametre
from sqlalchemy import ARRAY, Boolean, Column, Date, Index, Integer, Table, Text, Uuid, func, select, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ConsentementRecueilli,
    ConsentementRetire,
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
    vie_privee,
)
from services.dossiers.lectures import COMPTES, Codes, Dossiers, par_etape, pour_une_association
from services.dossiers.vues import attendu
from services.socle.base.columns import fiche, simple
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.http import AuMoins, json
from services.socle.web.questions import LaPage, LaQuestion, answers, pages
from services.socle.web.reading import Tri

Read: TypeAlias = (
    orientation.Event
    | adhesion.Event
    | equipe.Event
    | entretien.Event
    | contrat.Event
    | suivi.Event
    | vie_privee.Event
    | fin.Event
)
Ignored: TypeAlias = RencontreTenue

vue = Table(
    "portefeuille",
    vues(),
    *fiche("dossier"),
    Column("association", Uuid, nullable=False),
    Column("bailleur", Uuid, nullable=False),
    Column("menage", Uuid, nullable=False),
    Column("convention", Uuid, nullable=False),
    Column("dispositif", Uuid, nullable=False),
    Column("referent", Uuid),
    Column("etape", Text, nullable=False),
    Column("etape_depuis", Date, nullable=False),
    Column("identite", JSONB),
    Column("composition", JSONB),
    Column("logement", JSONB),
    Column("publics", ARRAY(Text), nullable=False),
    Column("motifs", ARRAY(Text), nullable=False),
    Column("expose", Text),
    Column("consentements", ARRAY(Text), nullable=False),
    Column("oriente_le", Date, nullable=False),
    Column("reponse_avant", Date),
    Column("themes", JSONB),
    Column("contrat", JSONB),
    Column("scores", JSONB),
    Column("progressions", JSONB),
    Column("synthese", Text),
    Column("contrat_debut", Date),
    Column("contrat_fin", Date),
    Column("prochaine_echeance", Date),
    Column("suivi", Text),
    Column("reevaluations", Integer, nullable=False),
    Column("manquees", Integer, nullable=False),
    Column("motif_sortie", Text),
    Column("situation_sortie", Text),
    Column("precision_sortie", Text),
    Column("attendu", JSONB),
    Column("efface", Boolean, nullable=False),
    Index("portefeuille_association", "association", "etape", "prochaine_echeance", "dossier"),
    Index("portefeuille_referent", "association", "referent", "dossier"),
    Index("portefeuille_ordre", "association", text("oriente_le DESC NULLS LAST"), "dossier", "etape", "referent"),
    Index("portefeuille_convention", "convention"),
)

_SANS_SUITE = {"identite": None, "composition": None, "logement": None, "expose": None, "reponse_avant": None}
"""What the association has no more reason to hold once it will not follow the household."""


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    return attendu.suivi(_fold(row, fait), row, fait.event)


def _fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    """The row begins with the orientation: nothing of the landlord's earlier work is transmitted."""
    event = fait.event
    if isinstance(event, MenageOriente):
        return _oriente(event)
    if row is None:
        return None
    match event:
        case OrientationMiseALEtude(reponse_avant=avant, le=le):
            return row | {"etape": "a_l_etude", "etape_depuis": le, "reponse_avant": avant}
        case OrientationAcceptee(identite=identite, le=le):
            return row | {"etape": "acceptee", "etape_depuis": le, "identite": simple(identite), "reponse_avant": None}
        case OrientationRefusee(le=le):
            return row | _SANS_SUITE | {"etape": "refusee", "etape_depuis": le}
        case OrientationRetiree(le=le):
            return row | _SANS_SUITE | {"etape": "retiree", "etape_depuis": le}
        case OrientationExpiree(le=le):
            return row | _SANS_SUITE | {"etape": "expiree", "etape_depuis": le}
        case AdhesionRecueillie(le=le):
            return row | {"etape": "adhesion", "etape_depuis": le}
        case AdhesionRefusee(le=le):
            return row | {"etape": "adhesion_refusee", "etape_depuis": le}
        case ReferentDesigne(referent=referent):
            return row | {"referent": referent}
        case EntretienInitialTenu(besoins=besoins, le=le):
            themes = simple(besoins)
            scores = [{"theme": b.theme, "score": b.score} for b in besoins]
            return row | {"etape": "entretien", "etape_depuis": le, "themes": themes, "scores": scores}
        case ContratPrepare() as contrat:
            return row | {"contrat": {**simple(contrat), "signatures": []}}
        case ContratSigne() as signe:
            return _signe(row, signe)
        case SuiviReevalue() as revue:
            return row | {
                "prochaine_echeance": revue.prochaine_echeance,
                "suivi": "a_jour",
                "reevaluations": row["reevaluations"] + 1,
                "scores": simple(revue.scores),
                "progressions": simple(revue.progressions),
                "synthese": revue.synthese,
            }
        case ReevaluationEnRetard():
            return row | {"suivi": "en_retard"}
        case ReevaluationEscaladee():
            return row | {"suivi": "escaladee"}
        case ReevaluationManquee(prochaine_echeance=prochaine):
            return row | {"suivi": "manquee", "prochaine_echeance": prochaine, "manquees": row["manquees"] + 1}
        case ConsentementRecueilli(finalite=finalite):
            return row | {"consentements": sorted({*row["consentements"], finalite})}
        case ConsentementRetire(finalite=finalite):
            return row | {"consentements": sorted({*row["consentements"]} - {finalite})}
        case DossierClos() as clos:
            return _clos(row, clos, par_nous=fait.organisation == _uuid(row["association"]))
        case DonneesEffacees(organisation=organisation):
            return row | _EFFACE if organisation == _uuid(row["association"]) else row
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


_EFFACE: Row = {
    "identite": None, "composition": None, "logement": None, "expose": None, "themes": None, "contrat": None,
    "scores": None, "progressions": None, "synthese": None, "precision_sortie": None, "publics": [], "motifs": [],
    "efface": True,
}  # fmt: skip


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _oriente(event: MenageOriente) -> Row:
    return {
        "association": event.association,
        "bailleur": event.bailleur,
        "menage": event.menage,
        "convention": event.convention,
        "dispositif": event.dispositif,
        "referent": None,
        "etape": "orientee",
        "etape_depuis": event.le,
        "identite": simple(event.identite),
        "composition": simple(event.composition),
        "logement": simple(event.logement),
        "publics": list(event.publics),
        "motifs": list(event.motifs),
        "expose": event.expose,
        "consentements": list(event.consentements),
        "oriente_le": event.le,
        "reponse_avant": event.reponse_avant,
        "reevaluations": 0,
        "manquees": 0,
        "efface": False,
    }


def _clos(row: Row, clos: DossierClos, par_nous: bool) -> Row:
    """The landlord closes what was not accepted (yet): its words stay its own, and an open request is let go of."""
    propre: Row = {"precision_sortie": clos.precision} if par_nous else {}
    if row["etape"] in ("orientee", "a_l_etude"):
        propre = _SANS_SUITE
    return row | propre | {
        "etape": "clos", "etape_depuis": clos.le, "motif_sortie": clos.motif, "situation_sortie": clos.situation,
        "prochaine_echeance": None, "suivi": None,
    }  # fmt: skip


def _signe(row: Row, signe: ContratSigne) -> Row:
    contrat = row["contrat"] or {}
    signature = {"partie": signe.partie, "moyen": signe.moyen, "le": signe.le.isoformat()}
    row = row | {"contrat": {**contrat, "signatures": [*contrat.get("signatures", []), signature]}}
    if not signe.complet:
        return row
    return row | {
        "etape": "sous_contrat",
        "etape_depuis": signe.le,
        "contrat_debut": signe.debut,
        "contrat_fin": signe.fin,
        "prochaine_echeance": signe.prochaine_echeance,
        "suivi": "a_jour",
    }


projection = Fiche(vue, Read, fold, visible="association = vues.mon_association()", ignores=Ignored, generation=2)

SUIVIES = ("acceptee", "adhesion", "entretien", "sous_contrat")
"""The stages at which the association follows the household: somebody of it is its référent, or should be."""

RESUME = [
    vue.c[name]
    for name in (
        "dossier", "version", "etape", "etape_depuis", "bailleur", "convention", "referent", "identite", "oriente_le",
        "reponse_avant", "contrat_debut", "contrat_fin", "prochaine_echeance", "suivi", "reevaluations", "manquees",
        "attendu", "efface",
        "composition", "logement", "motifs",
    )
] + [(vue.c.etape == "orientee").label("prolongeable")]  # fmt: skip
"""What a list shows of each dossier; the rest is on its own page. `prolongeable`: it may still be put under study, once."""


def liste(
    etapes: Collection[str] | None = None,
    referent: UUID | None = None,
    sans_referent: bool = False,
    dossiers: Collection[UUID] | None = None,
    suivis: bool = False,
) -> Query:
    """The portfolio, optionally of some stages, of one référent or of none, some dossiers only, or those followed."""
    query = select(*RESUME)
    if etapes:
        query = query.where(vue.c.etape.in_(etapes))
    if referent is not None:
        query = query.where(vue.c.referent == referent)
    if sans_referent:
        query = query.where(vue.c.referent.is_(None))
    if dossiers is not None:
        query = query.where(vue.c.dossier.in_(dossiers))
    return query.where(vue.c.etape.in_(SUIVIES)) if suivis else query


def comptes(referent: UUID | None = None, sans_referent: bool = False) -> Query:
    """How many households at each stage, optionally of one référent or of none."""
    query = select(vue.c.etape, func.count().label("combien")).group_by(vue.c.etape)
    if referent is not None:
        query = query.where(vue.c.referent == referent)
    return query.where(vue.c.referent.is_(None)) if sans_referent else query


def un(dossier: UUID) -> Query:
    return select(vue).where(vue.c.dossier == dossier)


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/portefeuille", **pages(liste()))
async def le_portefeuille(
    lu: LaQuestion,
    ou: LaPage,
    etape: Codes = None,
    referent: UUID | None = None,
    sans_referent: bool = False,
    dossier: Dossiers = None,
    suivis: Annotated[
        bool, Parametre(description="Ceux que l'association accompagne : acceptés, pas encore clos.")
    ] = False,
    au_moins: AuMoins = None,
) -> Response:
    """Les dossiers de l'association ; avec un seul `dossier`, une fois qu'il en est à la version `au_moins`."""
    pour_une_association(lu)
    if dossier and len(dossier) == 1:
        await lu.reached(dossier[0], au_moins)
    tri = [Tri(vue.c.oriente_le, decroissant=True), Tri(vue.c.dossier)]
    return await lu.page(liste(etape, referent, sans_referent, dossier, suivis), tri, ou)


@routes.get("/portefeuille/comptes", **answers(COMPTES))
async def les_comptes_du_portefeuille(
    lu: LaQuestion, referent: UUID | None = None, sans_referent: bool = False
) -> Response:
    """Combien de dossiers à chaque étape ; chaque nombre ouvre la liste du même nom."""
    pour_une_association(lu)
    return json(par_etape(await lu.rows(comptes(referent, sans_referent))))
