"""The service's views, in the order they are created, and the questions their row-level security asks."""

from __future__ import annotations

from services.dossiers.vues import (
    acces,
    conventions,
    frise,
    indicateurs,
    notes,
    orientations,
    places,
    portefeuille,
    travail,
)
from services.socle.view import View

VUES: tuple[View, ...] = (
    acces.projection,
    conventions.projection,
    places.projection,
    portefeuille.projection,
    travail.projection,
    frise.projection,
    notes.projection,
    orientations.projection,
    indicateurs.projection,
)

# Bodies are text, looked up at each call: a rebuild may swap the tables they name. They run with the caller's rights, so
# that the named table's own policy applies.
QUESTIONS = (
    """CREATE FUNCTION vues.suivi_par_mon_association(d uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.portefeuille p WHERE p.dossier = d) $$""",
    """CREATE FUNCTION vues.suis_referent(d uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.portefeuille p WHERE p.dossier = d AND p.referent = faits.membre()) $$""",
    """CREATE FUNCTION vues.ma_convention(c uuid) RETURNS boolean LANGUAGE sql STABLE AS
       $$ SELECT EXISTS (SELECT FROM vues.conventions k WHERE k.convention = c) $$""",
)
