"""What several pages read in a household's contract: who has signed, whether it has run out, what it aims at and promises."""

from __future__ import annotations

from typing import Any

from services.portail.libelles import en_date
from services.portail.visite import Visite

PARTIES = {"menage": "Le ménage", "association": "L’association", "bailleur": "Le bailleur"}
"""The parties to a contract, in the order they are named."""


def signe(vu: dict[str, Any]) -> bool:
    """Whether the three parties have signed the contract of the dossier."""
    return len(signataires(vu)) == 3


def signataires(vu: dict[str, Any]) -> set[str]:
    return {s["partie"] for s in (vu["contrat"] or {}).get("signatures", [])}


def echu(vu: dict[str, Any], visite: Visite) -> bool:
    """Whether the contract that was signed has run out."""
    fin = en_date(vu["contrat_fin"])
    return fin is not None and fin < visite.aujourdhui


def objectifs(vu: dict[str, Any]) -> list[dict[str, Any]]:
    """The contract's objectives, each with how far it has come (None before the first review)."""
    avances = {p["objectif"]: p["avancement"] for p in vu["progressions"] or []}
    return [{**o, "avancement": avances.get(o["objectif"])} for o in (vu["contrat"] or {}).get("objectifs", [])]


def engagements(vu: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """(party, what it promises) in the order of the list of parties."""
    tous = (vu["contrat"] or {}).get("engagements", [])
    par_partie = [(nom, [e["texte"] for e in tous if e["partie"] == partie]) for partie, nom in PARTIES.items()]
    return [(partie, textes) for partie, textes in par_partie if textes]
