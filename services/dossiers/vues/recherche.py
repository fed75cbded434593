"""What each organisation may find its households by: keyed terms (services/dossiers/recherche.py), nothing readable.

The landlord finds whom it spotted; the association whom it is asked to meet, then whom it accepted, by its own copy. A row
goes where `orientations` and `portefeuille` let go of the identity. These two are the only views that read what is sealed,
while they are written; what they read is kept nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, Date, Index, Integer, Table, Text, Uuid, column, func, literal

from contracts.dossiers import (
    DiagnosticPose,
    DonneesEffacees,
    DossierClos,
    Identite,
    MenageOriente,
    MenageRepere,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    fin,
    orientation,
    reperage,
)
from services.dossiers.recherche import Personne, index, partout
from services.socle.base.columns import fiche
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.keys.erased import Efface
from services.socle.views.view import Fiche, Keys, Row, vues

LuesDuBailleur: TypeAlias = reperage.Event | fin.Event
IgnoreesDuBailleur: TypeAlias = DiagnosticPose | DossierClos
LuesDeLAssociation: TypeAlias = orientation.Event | fin.Event
IgnoreesDeLAssociation: TypeAlias = OrientationMiseALEtude


def _table(nom: str) -> Table:
    return Table(
        nom,
        vues(),
        *fiche("dossier"),
        Column("organisation", Uuid, nullable=False),
        Column("source", Uuid, nullable=False),
        Column("commune", Text, nullable=False),
        Column("le", Date, nullable=False),
        Column("termes", ARRAY(BigInteger)),
        # What waits to enter the index (kB) is sorted in by whoever overfills it, while no reader passes that writer: with
        # the usual 4 MB a fifth of a second, with this a few milliseconds.
        Index(f"{nom}_termes", "termes", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 64}),
    )


def _row(organisation: UUID, source: UUID, identite: Identite, commune: str, le: date) -> Row:
    """`source`: the organisation under whose key the identity is sealed. `personne` is no column: `finish` makes it terms."""
    connu = {nom: getattr(identite, nom) for nom in ("nom", "prenom", "naissance", "adresse")}
    return {"organisation": organisation, "source": source, "commune": commune, "le": le, "personne": connu}


def fold_bailleur(row: Row | None, fait: Recorded[LuesDuBailleur]) -> Row | None:
    match fait.event:
        case MenageRepere(bailleur=bailleur, identite=identite, logement=logement, le=le):
            return _row(bailleur, bailleur, identite, logement.commune, le)
        case DonneesEffacees(organisation=organisation):
            return None if row and _est(organisation, row["organisation"]) else row
        case jamais:
            return row if isinstance(jamais, IgnoreesDuBailleur) else assert_never(jamais)


def fold_association(row: Row | None, fait: Recorded[LuesDeLAssociation]) -> Row | None:
    match fait.event:
        case MenageOriente(association=association, identite=identite, logement=logement, le=le) as oriente:
            return _row(association, oriente.bailleur, identite, logement.commune, le)
        case OrientationAcceptee(identite=identite):
            return row and _row(row["organisation"], row["organisation"], identite, row["commune"], row["le"])
        case OrientationRefusee() | OrientationRetiree() | OrientationExpiree():
            return None
        case DossierClos():  # before acceptance the landlord closes, and the request is over
            return row if row and _est(row["source"], row["organisation"]) else None
        case DonneesEffacees(organisation=organisation):
            return row if row and not _est(organisation, row["organisation"], row["source"]) else None
        case jamais:
            return row if isinstance(jamais, IgnoreesDeLAssociation) else assert_never(jamais)


def _est(organisation: UUID | str, *connues: UUID | str) -> bool:
    return str(organisation) in map(str, connues)


def cle(organisation: UUID) -> tuple[str, ...]:
    """The name of the key an organisation's terms are made with."""
    return ("recherche", str(organisation))


async def finish(keys: Keys, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows with the terms of whom they name now; none for a household whose key is gone."""
    a_faire = [row for row in rows if "personne" in row]
    organisations = sorted({str(row["organisation"]) for row in a_faire})
    ouvertes, *derivees = await asyncio.gather(
        keys.ouvrir([row["personne"] for row in a_faire]), *(keys.cle_derivee(cle(UUID(o))) for o in organisations)
    )
    cles = dict(zip(organisations, derivees, strict=True))
    faites = {
        row["dossier"]: _termes(cles[str(row["organisation"])], row, ouverte)
        for row, ouverte in zip(a_faire, ouvertes, strict=True)
    }
    return [_sans_personne(row, faites) for row in rows]


def _sans_personne(row: Row, faites: Mapping[UUID, list[int] | None]) -> Row:
    if row["dossier"] not in faites:
        return row
    return {**{nom: value for nom, value in row.items() if nom != "personne"}, "termes": faites[row["dossier"]]}


def _termes(cle_: bytes, row: Row, ouverte: dict[str, str]) -> list[int] | None:
    p = personne(ouverte, row["commune"])
    return index(cle_, row["dossier"], p) if p else None


def personne(identite: dict[str, Any], commune: str = "") -> Personne | None:
    """Who an opened identity names; None once it is erased."""
    if any(isinstance(identite[nom], Efface) for nom in ("nom", "prenom", "naissance", "adresse")):
        return None
    naissance = date.fromisoformat(identite["naissance"]) if identite["naissance"] else None
    return Personne(identite["nom"], identite["prenom"], naissance, identite["adresse"], commune)


du_bailleur = Fiche(
    _table("recherche_bailleur"),
    LuesDuBailleur,
    fold_bailleur,
    visible="organisation = vues.mon_bailleur()",
    finish=finish,
    asked_as_owner=True,
    ignores=IgnoreesDuBailleur,
)
de_l_association = Fiche(
    _table("recherche_association"),
    LuesDeLAssociation,
    fold_association,
    visible="organisation = vues.mon_association()",
    finish=finish,
    asked_as_owner=True,
    ignores=IgnoreesDeLAssociation,
)

# Runs with the owner's rights and says itself whose rows it looks at: under row-level security `&&`, which is not leakproof,
# would never use the index. It answers identifiers only, and whoever asks reads the dossiers under their own policies.
# `enable_seqscan`: the planner takes comparing two arrays for cheap; of two hundred and fifty terms each, it is not.
QUESTION = """CREATE FUNCTION vues.trouver(p_limite int, p_le date, p_dossier uuid, VARIADIC p_groupes text[])
RETURNS TABLE (dossier uuid, le date, total bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog SET enable_seqscan = off AS $$
DECLARE
  bailleur uuid := vues.mon_bailleur();
  question text := format('SELECT r.dossier, r.le, count(*) OVER () AS total FROM vues.%s r WHERE r.organisation = $1',
                          CASE WHEN bailleur IS NULL THEN 'recherche_association' ELSE 'recherche_bailleur' END);
BEGIN
  FOR n IN 1 .. cardinality(p_groupes) LOOP
    question := question || format(' AND r.termes && %L::bigint[]', p_groupes[n]);
  END LOOP;
  RETURN QUERY EXECUTE 'SELECT x.* FROM (' || question || ') x WHERE $3 IS NULL OR x.le < $3 OR x.le = $3 AND x.dossier > $4
                        ORDER BY x.le DESC, x.dossier LIMIT $2'
         USING coalesce(bailleur, vues.mon_association()), p_limite, p_le, p_dossier;
END $$;
REVOKE ALL ON FUNCTION vues.trouver FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vues.trouver TO dossiers_api"""


def trouver(
    liste: Query, cle_: bytes, demandes: Iterable[Iterable[str]], limite: int, apres: tuple[date, UUID] | None = None
) -> Query:
    """The rows of `liste` (a list of dossiers) that have one of each of `demandes` (recherche.question), latest first.

    Each also says `le`, by which they are sorted, and `total`, how many there are without `limite` and `apres`.
    """
    groupes = ["{" + ",".join(map(str, partout(cle_, demande))) + "}" for demande in demandes]
    le, dernier = apres or (None, None)
    arguments = (
        literal(limite, Integer),
        literal(le, Date),
        literal(dernier, Uuid),
        *(literal(g, Text) for g in groupes),
    )
    trouves = func.vues.trouver(*arguments).table_valued("dossier", "le", column("total", BigInteger))
    found = liste.add_columns(trouves.c.le, trouves.c.total)
    return found.where(liste.selected_columns.dossier == trouves.c.dossier).order_by(
        trouves.c.le.desc(), trouves.c.dossier
    )
