"""The members of an organisation, as itself and the exploitant see them. Names stay sealed here."""

from __future__ import annotations

from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import ARRAY, Column, Date, Table, Text, Uuid, select

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite, organisations
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = organisations.Event
Ignored: TypeAlias = OrganisationInscrite

vue = Table(
    "membres",
    vues(),
    *fiche("membre"),
    Column("organisation", Uuid, nullable=False, index=True),
    Column("nom", Text, nullable=False),
    Column("courriel", Text, nullable=False),
    Column("statut", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("depuis", Date, nullable=False),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    match fait.event:
        case MembreInvite() as e:
            return {
                "organisation": e.organisation,
                "nom": e.nom,
                "courriel": e.courriel,
                "statut": "invite",
                "roles": [],
                "depuis": e.le,
            }
        case MembreHabilite() as e:
            return row and {**row, "statut": "habilite", "roles": list(e.roles), "depuis": e.le}
        case MembreRetire() as e:
            return row and {**row, "statut": "retire", "roles": [], "depuis": e.le}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


projection = Fiche(
    vue,
    Read,
    fold,
    visible="organisation = faits.organisation() OR faits.a_le_role('exploitant')",
    key=lambda fait: fait.event.membre,
    ignores=Ignored,
)


def de(organisation: UUID) -> Query:
    """The organisation's members the caller may see, removed ones included."""
    t = vue.c
    return select(t.membre, t.nom, t.courriel, t.statut, t.roles, t.depuis).where(t.organisation == organisation)
