"""Who may come in: the subject an identity provider signs → the member, their organisation and their roles.

It is what authentication reads at every request, so that a member removed a moment ago is refused. It names nobody.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from sqlalchemy import ARRAY, Boolean, Column, DateTime, Index, Table, Text, Uuid, select

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite, organisations
from services.socle.base.columns import fiche
from services.socle.base.database import Query, Valeur
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = organisations.Event
Ignored: TypeAlias = OrganisationInscrite | MembreInvite

vue = Table(
    "acces",
    vues(),
    *fiche("membre"),
    Column("organisation", Uuid, nullable=False),
    Column("nature", Text, nullable=False),
    Column("emetteur", Text, nullable=False),
    Column("sujet", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("actif", Boolean, nullable=False),
    Column("depuis", DateTime(timezone=True), nullable=False),
    Index("acces_sujet", "emetteur", "sujet"),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    match fait.event:
        case MembreHabilite() as e:
            return {
                "organisation": e.organisation,
                "nature": e.nature,
                "emetteur": e.emetteur,
                "sujet": e.sujet,
                "roles": list(e.roles),
                "actif": True,
                "depuis": _depuis(row, e, fait),
            }
        case MembreRetire():
            # Removed before being habilitated: there was no way in to close.
            return row and {**row, "actif": False}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


def _depuis(row: Row | None, event: MembreHabilite, fait: Recorded[Read]) -> object:
    """Since when the member holds this subject; changing roles does not make them a newcomer."""
    same = row is not None and (row["emetteur"], row["sujet"]) == (event.emetteur, event.sujet)
    return row["depuis"] if same and row else fait.instant


projection = Fiche(
    vue,
    Read,
    fold,
    # `acces` is what the sign-in check calls itself while it does not know yet who is asking.
    visible="organisation = faits.organisation() OR faits.a_le_role('exploitant') OR faits.a_le_role('acces')",
    key=lambda fait: fait.event.membre,
    ignores=Ignored,
)


def de(emetteur: Valeur, sujet: Valeur) -> Query:
    """The active member who holds a subject: the first to have held it, should two organisations have raced for it."""
    held = select(vue).where(vue.c.emetteur == emetteur, vue.c.sujet == sujet, vue.c.actif)
    return held.order_by(vue.c.depuis, vue.c.membre).limit(1)
