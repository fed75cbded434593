"""Who may come in, and who of one's own organisation may follow a household."""

from __future__ import annotations

from sqlalchemy import any_, literal, select

from services.socle.base.database import Query
from services.socle.views import access

projection = access.projection("organisation = vues.mon_organisation()")


def referents() -> Query:
    """The active members of the caller's organisation with the role référent."""
    return select(access.vue).where(access.vue.c.actif, literal("referent") == any_(access.vue.c.roles))
