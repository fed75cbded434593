"""Who may come in: the member behind a token's subject, with organisation and roles, as partenaires' facts say.

Every service keeps this view for itself, and authentication reads it at every request, so that a member removed a moment
ago is refused. It names nobody.
"""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

from sqlalchemy import ARRAY, Boolean, Column, DateTime, Index, Table, Text, Uuid, select

from contracts import partenaires as p
from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite
from services.socle.base.columns import fiche
from services.socle.base.database import Query, Valeur
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = p.organisations.Event
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
        case MembreHabilite() as m:
            return {
                "organisation": m.organisation, "nature": m.nature, "emetteur": m.emetteur, "sujet": m.sujet,
                "roles": list(m.roles), "actif": True, "depuis": _depuis(row, m, fait),
            }  # fmt: skip
        case MembreRetire():
            # Removed before being habilitated: there was no way in to close.
            return row and row | {"actif": False}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


def _depuis(row: Row | None, event: MembreHabilite, fait: Recorded[Read]) -> Any:
    """Since when the member holds this subject; other roles do not make them a newcomer."""
    same = row is not None and (row["emetteur"], row["sujet"]) == (event.emetteur, event.sujet)
    return row["depuis"] if same and row else fait.instant


def projection(aussi: str | None = None) -> Fiche:
    """The view of one service. The sign-in check sees it, which calls itself « acces » while it does not know yet who is
    asking, and whoever `aussi` (an SQL condition) lets in besides."""
    entree = "faits.a_le_role('acces')"
    visible = f"{aussi} OR {entree}" if aussi else entree
    return Fiche(vue, Read, fold, visible=visible, key=lambda f: f.event.membre, ignores=Ignored)


def de(emetteur: Valeur, sujet: Valeur) -> Query:
    """The active member behind a subject: the first to have held it, should two organisations have raced for it."""
    held = select(vue).where(vue.c.emetteur == emetteur, vue.c.sujet == sujet, vue.c.actif)
    return held.order_by(vue.c.depuis, vue.c.membre)
