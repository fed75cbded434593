"""Who the members of the person's own association are."""

from __future__ import annotations

from typing import Any

from services.portail.visite import Visite


async def membres(visite: Visite) -> list[dict[str, Any]]:
    """The association's members, those who left included: what they did stays theirs."""
    return await visite.api.liste("partenaires", f"/organisations/{visite.personne.organisation}/membres")


def noms(les_membres: list[dict[str, Any]]) -> dict[str, str]:
    return {m["membre"]: m["nom"] for m in les_membres}


def referents(les_membres: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(member, name) of those who follow households today, by name."""
    actifs = [(m["membre"], m["nom"]) for m in les_membres if m["statut"] == "habilite" and "referent" in m["roles"]]
    return sorted(actifs, key=lambda choix: choix[1].lower())
