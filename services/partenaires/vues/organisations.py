"""The organisations' public sheets: name, nature, commune.

An organisation sees its own, those of the parties and funders of the conventions it may see, and no other: nobody
learns that an organisation uses the system by leafing through a directory. The exploitant sees all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import Column, Date, Table, Text, select

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite, organisations
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = organisations.Event
Ignored: TypeAlias = MembreInvite | MembreHabilite | MembreRetire

vue = Table(
    "organisations",
    vues(),
    *fiche("organisation"),
    Column("nom", Text, nullable=False),
    Column("nature", Text, nullable=False),
    Column("commune", Text, nullable=False),
    Column("inscrite_le", Date, nullable=False),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    match fait.event:
        case OrganisationInscrite() as e:
            return {"nom": e.nom, "nature": e.nature, "commune": e.commune, "inscrite_le": e.le}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


projection = Fiche(
    vue,
    Read,
    fold,
    # `controle` is what a command's own checks call themselves: whether the counterpart it names is what it should be.
    visible="""organisation = faits.organisation() OR faits.a_le_role('exploitant') OR faits.a_le_role('controle')
               OR vues.dans_mes_conventions(organisation)""",
    ignores=Ignored,
)


def liste() -> Query:
    """The sheets the caller may see."""
    return select(vue.c.organisation, vue.c.nom, vue.c.nature, vue.c.commune, vue.c.inscrite_le)


def une(organisation: UUID) -> Query:
    return liste().where(vue.c.organisation == organisation)


def natures(identifiants: Collection[UUID]) -> Query:
    """The nature of each of these organisations."""
    return select(vue.c.organisation, vue.c.nature).where(vue.c.organisation.in_(identifiants))
