"""Whose dossiers a list of the association shows: the person's own, everybody's, nobody's yet, or a colleague's."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query

from services.portail.equipe import noms, referents
from services.portail.visite import Visite

Qui = Annotated[str | None, Query(max_length=40)]


def de_qui(visite: Visite, demande: str | None) -> str:
    """Whose dossiers: « moi », « tous », « personne » (nobody's yet), or a member. A référent begins with their own."""
    match demande:
        case "moi" | "tous" | "personne":
            return demande
        case None | "":
            return "moi" if "coordinateur" not in visite.personne.roles else "tous"
        case _:
            try:
                membre = UUID(demande)
            except ValueError:
                return "tous"
            return "moi" if membre == visite.personne.membre else str(membre)


def filtre(visite: Visite, qui: str) -> dict[str, Any]:
    match qui:
        case "tous":
            return {}
        case "personne":
            return {"sans_referent": True}
        case "moi":
            return {"referent": visite.personne.membre}
        case membre:
            return {"referent": membre}


def presenter(equipe: list[dict[str, Any]], qui: str) -> dict[str, Any]:
    """Who may be chosen in the filter, and everybody's name."""
    return {"qui": qui, "referents": referents(equipe), "noms": noms(equipe)}


def adresse(page: str, filtres: dict[str, str | None]) -> str:
    query = urlencode({nom: v for nom, v in filtres.items() if v})
    return f"{page}?{query}" if query else page
