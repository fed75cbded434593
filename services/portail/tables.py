"""What the pages keep of their own: sessions, and drafts until they are sent. Nothing of a case, and nothing readable.

A session's row opens only with the cookie of its browser; a draft's text only with its household's key.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text, Uuid, func

portail = MetaData(schema="portail")

sessions = Table(
    "sessions",
    portail,
    Column("empreinte", LargeBinary, primary_key=True),
    Column("membre", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("contenu", LargeBinary, nullable=False),
    Column("ouverte_le", DateTime(timezone=True), nullable=False),
    Column("vue_le", DateTime(timezone=True), nullable=False),
    Index("sessions_membre", "membre"),
    Index("sessions_ouverte_le", "ouverte_le"),
)

brouillons = Table(
    "brouillons",
    portail,
    # Keyed by the member first: an address that holds another's draft is an empty page, not a clash.
    Column("membre", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("organisation", Uuid, nullable=False),
    Column("menage", Uuid, nullable=False),
    Column("formulaire", Text, nullable=False),
    Column("dossier", Uuid),
    Column("adresse", Text, nullable=False),
    Column("contenu", Text),
    Column("conclu", Text),
    Column("cree_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("modifie_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("brouillons_membre", "membre", "modifie_le"),
    Index("brouillons_menage", "menage"),
)
"""`adresse`: the page to go on from. `conclu`: the page of what it became, once it was sent; it then holds no text."""

REGARD = """SELECT set_config('maillage.session', $1, true), set_config('maillage.membre', $2, true)"""
"""What the policies below are told, at the start of each transaction: the cookie's digest (hex), the member."""

_SESSION = "decode(nullif(current_setting('maillage.session', true), ''), 'hex')"
_MEMBRE = "nullif(current_setting('maillage.membre', true), '')::uuid"


def droits(service: str = "portail") -> list[str]:
    """Row-level security and grants: whoever serves pages sees one session and one member's drafts at a time."""
    api, suite = f"{service}_api", f"{service}_suite"
    his = f"membre = {_MEMBRE}"
    mine = f"empreinte = {_SESSION} OR membre = {_MEMBRE}"
    made = []
    for table in ("portail.sessions", "portail.brouillons"):
        made += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {api}",
            f"CREATE POLICY menage_du_temps ON {table} FOR ALL TO {suite} USING (true)",
        ]
    return [
        *made,
        # The worker only ever deletes: what is too old, and what an erased household had left in drafts.
        f"GRANT SELECT (empreinte, ouverte_le), DELETE ON portail.sessions TO {suite}",
        f"GRANT SELECT (id, organisation, menage, modifie_le), DELETE ON portail.brouillons TO {suite}",
        f"CREATE POLICY la_sienne ON portail.sessions FOR ALL TO {api} USING ({mine}) WITH CHECK ({mine})",
        f"CREATE POLICY les_siens ON portail.brouillons FOR ALL TO {api} USING ({his}) WITH CHECK ({his})",
    ]
