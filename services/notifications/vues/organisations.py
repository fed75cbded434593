"""What kind of organisation each is: a line in a funding plan does not make a landlord a funder."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from sqlalchemy import Column, Table, Text

from contracts.partenaires import MembreHabilite, MembreInvite, MembreRetire, OrganisationInscrite, organisations
from services.socle.base.columns import fiche
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = organisations.Event
Ignored: TypeAlias = MembreInvite | MembreHabilite | MembreRetire

vue = Table("organisations", vues(), *fiche("organisation"), Column("nature", Text, nullable=False))


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    match fait.event:
        case OrganisationInscrite(nature=nature):
            return {"nature": nature}
        case other:
            return row if isinstance(other, Ignored) else assert_never(other)


projection = Fiche(
    vue, Read, fold, visible="faits.a_le_role('service')", key=lambda fait: fait.event.organisation, ignores=Ignored
)
