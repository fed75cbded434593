"""The conventions as this service knows them from partenaires: what an orientation may cite, and who finances it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, Date, Index, Integer, Table, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from contracts.partenaires import ConventionActivee, ConventionEchue, PlanDeFinancementEtabli
from services.socle.base.columns import fiche, simple
from services.socle.base.database import Query, Regard, Vues
from services.socle.base.recorded import Recorded
from services.socle.views.view import Fiche, Row, vues
from services.socle.web.auth import Acteur

Read: TypeAlias = ConventionActivee | ConventionEchue | PlanDeFinancementEtabli

vue = Table(
    "conventions",
    vues(),
    *fiche("convention"),
    Column("bailleur", Uuid),
    Column("association", Uuid),
    Column("dispositif", Uuid),
    Column("places", Integer),
    Column("debut", Date),
    Column("fin", Date),
    Column("regles", JSONB),
    Column("active", Boolean, nullable=False),
    Column("echue", Boolean, nullable=False),
    Column("financeurs", ARRAY(Uuid), nullable=False),
    Column("plans", JSONB, nullable=False),
    Index("conventions_bailleur", "bailleur"),
    Index("conventions_association", "association"),
)


def fold(row: Row | None, fait: Recorded[Read]) -> Row | None:
    """The funding plan may be settled before the convention begins: the row then waits for its parties."""
    known: Row = row or {"active": False, "echue": False, "financeurs": [], "plans": {}}
    match fait.event:
        case ConventionActivee() as c:
            return known | {
                "bailleur": c.bailleur, "association": c.association, "dispositif": c.dispositif, "places": c.places,
                "debut": c.debut, "fin": c.fin, "regles": simple(c.regles), "active": True,
            }  # fmt: skip
        case ConventionEchue():
            return known | {"active": False, "echue": True}
        case PlanDeFinancementEtabli(annee=annee, lignes=lignes):
            plans = {**known["plans"], str(annee): [str(ligne.financeur) for ligne in lignes]}
            return known | {"plans": plans, "financeurs": sorted({f for year in plans.values() for f in year})}
        case other:
            assert_never(other)


projection = Fiche(
    vue,
    Read,
    fold,
    visible="""bailleur = vues.mon_bailleur() OR association = vues.mon_association()
               OR vues.mon_organisation() = ANY (financeurs)""",
    key=lambda fait: fait.event.convention,
)


CITEE = """CREATE FUNCTION vues.convention_citee(p_organisation uuid, p_membre uuid, p_roles text, p_convention uuid)
RETURNS TABLE (convention uuid, dispositif uuid, bailleur uuid, association uuid, places int, prises int, debut date,
               fin date, regles jsonb, active boolean)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('maillage.organisation', p_organisation::text, true),
          set_config('maillage.membre', p_membre::text, true), set_config('maillage.roles', p_roles, true);
  RETURN QUERY
    SELECT c.convention, c.dispositif, c.bailleur, c.association, c.places, coalesce(p.prises, 0), c.debut, c.fin, c.regles,
           c.active
      FROM vues.conventions c LEFT JOIN vues.places p USING (convention)
     WHERE c.convention = p_convention AND c.bailleur IS NOT NULL;
END $$"""
"""The convention a command cites, with the places taken: one round trip, told who looks. It runs with its caller's rights,
under row-level security like any question of theirs."""


async def citee(vues: Vues, qui: Regard, convention: UUID) -> Mapping[str, Any] | None:
    """The row of CITEE; None when the organisation is no party to the convention, or its terms are not known yet."""
    roles = ",".join(sorted(qui.roles))
    row: Mapping[str, Any] | None = await vues.pool.fetchrow(
        "SELECT * FROM vues.convention_citee($1, $2, $3, $4)", qui.organisation, qui.membre, roles, convention
    )
    return row


def une(convention: UUID) -> Query:
    return select(vue).where(vue.c.convention == convention)


def toutes() -> Query:
    """The conventions the caller is a party to, or finances."""
    return select(vue)


def y_travaille(acteur: Acteur, convention: Mapping[str, Any]) -> bool:
    """Whether the caller's organisation does the convention's work. A landlord may also just pay for somebody else's."""
    return acteur.organisation in (convention["bailleur"], convention["association"])
