"""The conventions whose feed may be read: their parties, who finances them, and how pseudonyms are made."""

from __future__ import annotations

from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, Table, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts.partenaires import (
    ConventionActivee,
    ConventionEchue,
    ConventionProposee,
    ConventionSignee,
    PlanDeFinancementEtabli,
    conventions,
    financement,
)
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = conventions.Event | financement.Event
Ignored: TypeAlias = ConventionProposee | ConventionSignee | ConventionEchue

vue = Table(
    "conventions",
    vues(),
    *fiche("convention"),
    Column("bailleur", Uuid),
    Column("association", Uuid),
    Column("pluriannuel", Boolean),
    Column("financeurs", ARRAY(Uuid), nullable=False),
    Column("plans", JSONB, nullable=False),
)
"""`pluriannuel` (one pseudonym for all years) is not known before the convention is active: nothing is published then.
`financeurs` are all who carry a line of a plan in force, of whatever nature."""


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    known: Row = row or {"bailleur": None, "association": None, "pluriannuel": None, "financeurs": [], "plans": {}}
    match fait.event:
        case ConventionActivee(bailleur=bailleur, association=association, regles=regles):
            terms = {"bailleur": bailleur, "association": association}
            return known | terms | {"pluriannuel": regles.pseudonymes_pluriannuels}
        case PlanDeFinancementEtabli(annee=annee, lignes=lignes):
            plans = {**known["plans"], str(annee): sorted({str(ligne.financeur) for ligne in lignes})}
            return known | {"plans": plans, "financeurs": sorted({f for year in plans.values() for f in year})}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


projection = Fiche(
    vue,
    Read,
    fold,
    visible="faits.a_le_role('analyste') AND faits.organisation() = ANY (financeurs)",
    key=lambda fait: fait.event.convention,
    ignores=Ignored,
)


def toutes() -> Query:
    """The conventions the caller finances."""
    return select(vue.c.convention, vue.c.bailleur, vue.c.association, vue.c.pluriannuel)


def une(convention: UUID) -> Query:
    return toutes().where(vue.c.convention == convention)
