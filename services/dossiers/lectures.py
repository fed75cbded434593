"""What the questions of this service share: their parameters, who may ask for which list, counts by stage."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends, Path, Query

from services.socle.base.database import Query as Query_
from services.socle.facts.command import CodeStr
from services.socle.facts.refusal import Motif, Refus, a_corriger, interdit
from services.socle.web.questions import About, Asked, about
from services.socle.web.shapes import ENTIER, objet, par

DuDossier: TypeAlias = Annotated[About, Depends(about("dossier"))]
Convention: TypeAlias = Annotated[UUID, Path(description="Identifiant de la convention.")]
Code: TypeAlias = Annotated[CodeStr | None, Query()]
Codes: TypeAlias = Annotated[list[CodeStr] | None, Query(max_length=20, description="L'un de ceux-ci ; répétable.")]
Dossiers: TypeAlias = Annotated[
    list[UUID] | None,
    Query(max_length=200, description="Ces dossiers seulement ; répétable. Ceux des autres n'y sont pas."),
]

COMPTES = objet(total=ENTIER, par_etape=par(ENTIER))


def pour_un_bailleur(lu: Asked) -> None:
    if lu.acteur.nature != "bailleur":
        raise Refus("pour_un_bailleur")


def pour_une_association(lu: Asked) -> None:
    if lu.acteur.nature != "association":
        raise Refus("pour_une_association")


def de_sa_nature(lu: About, fiches: Mapping[str, Callable[[UUID], Query_]]) -> Query_:
    """What the caller's organisation reads of the thing, by its nature. Raises Refus("inconnu") for those without one."""
    if lu.acteur.nature not in fiches:
        raise Refus("inconnu")
    return fiches[lu.acteur.nature](lu.id)


def par_etape(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """COMPTES, of rows that say how many (`combien`) are at each stage (`etape`)."""
    par_etape = {row["etape"]: row["combien"] for row in rows}
    return {"total": sum(par_etape.values()), "par_etape": par_etape}


REFUS: Mapping[str, Motif] = {
    "pour_un_bailleur": interdit(
        "Réservé aux bailleurs", "Cette liste est celle d'un bailleur : votre organisation n'en est pas un."
    ),
    "pour_une_association": interdit(
        "Réservé aux associations", "Cette liste est celle d'une association : votre organisation n'en est pas une."
    ),
    "pour_qui_accompagne": interdit(
        "Réservé à qui accompagne",
        "Seuls un bailleur et une association ont des dossiers : votre organisation n'en a pas à chercher.",
    ),
    "recherche_trop_courte": a_corriger(
        "Recherche trop courte",
        "Tapez au moins deux lettres d'un nom, d'un prénom ou d'une commune, ou une date de naissance (jj/mm/aaaa).",
    ),
}
