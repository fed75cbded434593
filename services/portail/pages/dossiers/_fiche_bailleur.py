"""The landlord's sheet of a household: stages, due dates, what was shared with it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.portail.attendus import attendu_du_bailleur
from services.portail.communes import libelle as commune
from services.portail.etapes import DU_BAILLEUR
from services.portail.menage import lignes as lignes_du_menage
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import Visite

REORIENTABLES = frozenset({"reperee", "refusee", "expiree", "retiree", "adhesion_refusee"})
"""Stages from which the landlord may ask again."""


async def fiche(visite: Visite, dossier: UUID, au_moins: int | None) -> dict[str, Any]:
    vu, conventions = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}", au_moins=au_moins),
        visite.api.liste("partenaires", "/conventions"),
    )
    return _fiche(vu, conventions)


def _fiche(vu: dict[str, Any], conventions: list[dict[str, Any]]) -> dict[str, Any]:
    convention = next((c for c in conventions if c["convention"] == vu["convention"]), None)
    association = convention["association_nom"] if convention else ""
    qui, quoi, avant = attendu_du_bailleur(vu)
    if _signature_attendue(vu):
        qui, quoi, avant = "Vous", "signer le contrat", None
    return {
        "vu": vu,
        "nom": nom_du_menage(vu),
        "etat": DU_BAILLEUR[vu["etape"]],
        "association": association,
        "convention": convention,
        "etapes": _etapes(vu, association),
        "a_signer": _signature_attendue(vu),
        "qui": qui,
        "quoi": quoi,
        "avant": avant,
        "menage": lignes_du_menage(vu),
        "reorientable": not vu["efface"] and vu["etape"] in REORIENTABLES,
        "seconde": not vu["efface"] and vu["etape"] in ("retiree", "adhesion_refusee"),
        "commune": commune,
        "ici": "/orientations",
    }


def _signature_attendue(vu: dict[str, Any]) -> bool:
    contrat = vu["contrat"]
    return bool(
        contrat and vu["etape"] == "adhesion" and not any(s["partie"] == "bailleur" for s in contrat["signatures"])
    )


_FINS = {
    "refusee": "Orientation refusée",
    "retiree": "Orientation retirée",
    "expiree": "Sans réponse dans le délai",
    "adhesion_refusee": "Le ménage n’a pas souhaité être accompagné",
    "clos": "Accompagnement terminé",
}


def _etapes(vu: dict[str, Any], association: str) -> list[tuple[str, Any, str]]:
    """Done, now, to come; an end that came before its time replaces what was to come."""
    signe = max((s["le"] for s in (vu["contrat"] or {}).get("signatures", [])), default=None)
    franchies = [
        ("Ménage repéré", vu["repere_le"]),
        (f"Orienté vers {association}" if association else "Orienté vers une association", vu["oriente_le"]),
        ("Orientation acceptée", vu["acceptee_le"]),
        ("Adhésion du ménage", vu["adhesion_le"]),
        ("Contrat signé par tous", signe if vu["etape"] in ("sous_contrat", "clos") else None),
    ]
    faites: list[tuple[str, Any, str]] = [(nom, le, "faite") for nom, le in franchies if le]
    if vu["etape"] in _FINS:
        return [*faites, (_FINS[vu["etape"]], vu["etape_depuis"], "faite" if vu["etape"] == "clos" else "fin")]
    faites[-1] = (*faites[-1][:2], "maintenant")
    return faites + [(nom, None, "a-venir") for nom, le in franchies if not le]
