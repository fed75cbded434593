"""The service's views, one module each: shape, fold, boundary, query, and the questions they answer. Here stand the SQL
functions that their row-level security asks."""

from __future__ import annotations

from services.dossiers.vues import conventions, recherche

# Bodies are text, looked up at each call: a rebuild may swap the tables they name. They run with the caller's rights, so
# that the named table's own policy applies.
FONCTIONS = (
    # For whom the caller acts: none without a role that works there, and NULL equals no row. An account that belongs to an
    # organisation and has no role in it sees nothing of it.
    """CREATE FUNCTION vues.mon_bailleur() RETURNS uuid LANGUAGE sql STABLE AS
       $$ SELECT CASE WHEN faits.a_le_role('agent') OR faits.a_le_role('responsable')
                      THEN faits.organisation() END $$""",
    """CREATE FUNCTION vues.mon_association() RETURNS uuid LANGUAGE sql STABLE AS
       $$ SELECT CASE WHEN faits.a_le_role('referent') OR faits.a_le_role('coordinateur')
                      THEN faits.organisation() END $$""",
    """CREATE FUNCTION vues.mon_organisation() RETURNS uuid LANGUAGE sql STABLE AS
       $$ SELECT CASE WHEN faits.a_le_role('analyste') THEN faits.organisation()
                      ELSE coalesce(vues.mon_bailleur(), vues.mon_association()) END $$""",
    # What the caller follows, holds a place in, or finances.
    """CREATE FUNCTION vues.suivi_par_mon_association(d uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.portefeuille p WHERE p.dossier = d) $$""",
    """CREATE FUNCTION vues.suis_referent(d uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.portefeuille p WHERE p.dossier = d AND p.referent = faits.membre()) $$""",
    """CREATE FUNCTION vues.mes_conventions() RETURNS uuid[] LANGUAGE sql STABLE AS
       $$ SELECT array_agg(k.convention) FROM vues.conventions k $$""",
    """CREATE FUNCTION vues.partie_a_la_convention(c uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.conventions k
                          WHERE k.convention = c AND (k.bailleur = vues.mon_bailleur()
                                                      OR k.association = vues.mon_association())) $$""",
    conventions.CITEE,
    recherche.QUESTION,
)
