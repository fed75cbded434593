"""The service's views, one module each: shape, fold, boundary, query, and the questions they answer. Here stand the SQL
functions that their row-level security asks."""

from __future__ import annotations

# Bodies are text, looked up at each call: a rebuild may swap the tables they name. They run with the caller's rights,
# so that the named table's own policy applies: each asks whether a convention the caller may see exists.
FONCTIONS = (
    """CREATE FUNCTION vues.dans_mes_conventions(o uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.conventions c
                          WHERE o IN (c.bailleur, c.association) OR o = ANY (c.financeurs)) $$""",
    """CREATE FUNCTION vues.dispositif_de_mes_conventions(d uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.conventions c WHERE c.dispositif = d) $$""",
)
