"""The tables of the event store, the same in every service's database; views are declared elsewhere.

Every table has row-level security, forced: whoever connects sees what a policy says, and nothing where none speaks.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id: never reused, and comparable with the oldest one still running."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


faits = MetaData(schema="faits")

events = Table(
    "events",
    faits,
    Column("pos", BigInteger, Identity(always=True), nullable=False),
    Column("txid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("id", Uuid, nullable=False),
    Column("stream_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("type", Text, nullable=False),
    Column("schema_version", SmallInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("auteur", Uuid, nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False),
    Column("correlation", Uuid, nullable=False),
    Column("causation", Uuid, nullable=False),
    Column("trace", Text),
    Index("events_ordre", "txid", "pos"),
)

streams = Table(
    "streams",
    faits,
    Column("stream_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("organisations", ARRAY(Uuid), nullable=False),
    postgresql_with={"fillfactor": "80"},
)

commands = Table(
    "commands",
    faits,
    Column("organisation", Uuid, primary_key=True),
    Column("command_id", Uuid, primary_key=True),
    Column("empreinte", LargeBinary, nullable=False),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

curseurs = Table(
    "curseurs",
    faits,
    Column("nom", Text, primary_key=True),
    Column("epoque", Text, nullable=False),
    Column("txid", Xid8, nullable=False),
    Column("pos", BigInteger, nullable=False),
    Column("temoins", Text, nullable=False, server_default="{}"),
)

positions = Table(
    "positions",
    faits,
    Column("lecteur", Text, primary_key=True),
    Column("stream_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    postgresql_with={"fillfactor": "80"},
)

garage = Table(
    "garage",
    faits,
    Column("lecteur", Text, primary_key=True),
    Column("stream_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valeur", LargeBinary, nullable=False),
    Column("en_tetes", LargeBinary, nullable=False),
    Column("raison", Text, nullable=False),
    Column("depuis", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

lectures_kafka = Table(
    "lectures_kafka",
    faits,
    Column("lecteur", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("epoque", Text, nullable=False),
    Column("prochain", BigInteger, nullable=False),
)

LIGNE = """
CREATE TYPE faits.ligne AS (
  cmd int, stream_id uuid, attendue int, n int, organisations uuid[],
  version int, id uuid, type text, schema_version smallint, data bytea,
  commande uuid, organisation uuid, auteur uuid, instant timestamptz, correlation uuid, trace text,
  issue int, empreinte bytea
)""".strip()
"""What an append is told (append._arguments): a fact, or a part of a command that brings none. `n` and `organisations` stand in
a part's first line, `issue` (the version the command answers) and `empreinte` in a command's, and are null in the others."""

_CONTEXT = """
CREATE FUNCTION faits.organisation() RETURNS uuid LANGUAGE sql STABLE
  RETURN nullif(current_setting('maillage.organisation', true), '')::uuid;
CREATE FUNCTION faits.membre() RETURNS uuid LANGUAGE sql STABLE
  RETURN nullif(current_setting('maillage.membre', true), '')::uuid;
CREATE FUNCTION faits.a_le_role(role text) RETURNS boolean LANGUAGE sql STABLE
  RETURN role = ANY (string_to_array(coalesce(current_setting('maillage.roles', true), ''), ','));
"""
"""Who is asking, as row-level security reads it: set for one transaction only, empty otherwise, and then nothing is seen."""

_CHARGER = """
CREATE FUNCTION faits.charger(p_stream uuid, p_organisation uuid, p_roles text, p_commande uuid)
RETURNS TABLE (empreinte bytea, commande_stream uuid, commande_version int,
               version int, ids uuid[], types text[], schemas smallint[], donnees bytea[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('maillage.organisation', p_organisation::text, true), set_config('maillage.roles', p_roles, true);
  RETURN QUERY
    SELECT c.empreinte, c.stream_id, c.version, coalesce(e.version, 0), e.ids, e.types, e.schemas, e.donnees
      FROM (SELECT max(h.version) AS version, array_agg(h.id ORDER BY h.version) AS ids,
                   array_agg(h.type ORDER BY h.version) AS types,
                   array_agg(h.schema_version ORDER BY h.version) AS schemas,
                   array_agg(h.data ORDER BY h.version) AS donnees
              FROM faits.events h WHERE h.stream_id = p_stream) e
      LEFT JOIN faits.commands c ON c.organisation = p_organisation AND c.command_id = p_commande;
END $$
"""
"""One round trip for a command: its stream's history and, when the command id was used before, what came of it.

The only door to a stream: no application role reads the tables of facts. It opens for the stream's parties (row-level
security applies to the function's owner) and for the clock's account (role service)."""

_POSITION = """
CREATE FUNCTION faits.position(p_lecteur text, p_stream uuid) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT coalesce((SELECT version FROM faits.positions WHERE lecteur = p_lecteur AND stream_id = p_stream), 0) $$
"""
"""How far a reader has come in a stream its caller is a party to; 0 otherwise."""

SUIVI = ("curseurs", "positions", "garage", "lectures_kafka")
"""What relay and projector write for themselves."""


def ddl(service: str) -> list[str]:
    """What the tables' metadata cannot say: functions, row-level security, grants to `service`'s roles.

    Role `ajout` is the command side, `api` the query side (views only, elsewhere), `suite` the relay and the projector.
    """
    owner, ajout, api, suite = (f"{service}_{role}" for role in ("proprietaire", "ajout", "api", "suite"))
    mine = "faits.organisation() = ANY (organisations) OR faits.a_le_role('service')"
    return [
        *(s.strip() for s in _CONTEXT.strip().split(";\n") if s.strip()),
        _CHARGER,
        _POSITION,
        "REVOKE ALL ON FUNCTION faits.charger, faits.position FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION faits.charger TO {ajout}",
        f"GRANT EXECUTE ON FUNCTION faits.position TO {api}",
        *(f"ALTER TABLE {t.fullname} ENABLE ROW LEVEL SECURITY" for t in faits.sorted_tables),
        *(f"ALTER TABLE {t.fullname} FORCE ROW LEVEL SECURITY" for t in faits.sorted_tables),
        # What the two functions may see on behalf of their caller.
        f"CREATE POLICY parties ON faits.streams FOR SELECT TO {owner} USING ({mine})",
        f"""CREATE POLICY parties ON faits.events FOR SELECT TO {owner}
            USING (EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = events.stream_id))""",
        f"""CREATE POLICY parties ON faits.positions FOR SELECT TO {owner}
            USING (EXISTS (SELECT FROM faits.streams s WHERE s.stream_id = positions.stream_id))""",
        f"CREATE POLICY siennes ON faits.commands FOR SELECT TO {owner} USING (organisation = faits.organisation())",
        # The group commit writes for every organisation at once; it sees heads of streams, never a fact.
        f"GRANT INSERT ON faits.events, faits.commands TO {ajout}",
        f"GRANT SELECT, INSERT, UPDATE ON faits.streams TO {ajout}",
        f"CREATE POLICY ajout ON faits.events FOR INSERT TO {ajout} WITH CHECK (true)",
        f"CREATE POLICY ajout ON faits.commands FOR INSERT TO {ajout} WITH CHECK (true)",
        f"CREATE POLICY ajout ON faits.streams TO {ajout} USING (true) WITH CHECK (true)",
        # Relay and projector see every fact, its personal data sealed, and can change none.
        f"GRANT SELECT ON faits.events, faits.streams TO {suite}",
        f"CREATE POLICY suite ON faits.events FOR SELECT TO {suite} USING (true)",
        f"CREATE POLICY suite ON faits.streams FOR SELECT TO {suite} USING (true)",
        *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON faits.{t} TO {suite}" for t in SUIVI),
        *(f"CREATE POLICY suite ON faits.{t} TO {suite} USING (true) WITH CHECK (true)" for t in SUIVI),
    ]


def ddl_reactions(service: str) -> list[str]:
    """For a service whose projector appends facts of its own in answer to others': the same rights as the group commit."""
    suite = f"{service}_suite"
    return [
        f"GRANT INSERT ON faits.events, faits.commands, faits.streams TO {suite}",
        f"GRANT UPDATE ON faits.streams TO {suite}",
        *(
            f"CREATE POLICY reaction ON faits.{t} FOR INSERT TO {suite} WITH CHECK (true)"
            for t in ("events", "commands", "streams")
        ),
        f"CREATE POLICY reaction_suite ON faits.streams FOR UPDATE TO {suite} USING (true) WITH CHECK (true)",
    ]
