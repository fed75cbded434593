"""What kind of organisation each is: a line in a funding plan does not make a landlord a funder."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import Column, Table, Text

from contracts.partenaires import OrganisationInscrite
from services.socle.base.columns import fiche
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues

Read: TypeAlias = OrganisationInscrite

vue = Table("organisations", vues(), *fiche("organisation"), Column("nature", Text, nullable=False))


def fold(_: Row | None, fait: Recorded[Read]) -> Row | None:
    return {"nature": fait.event.nature}


projection = Fiche(vue, Read, fold, visible="faits.a_le_role('service')", key=lambda fait: fait.event.organisation)
