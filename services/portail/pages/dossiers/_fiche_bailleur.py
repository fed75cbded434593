"""The landlord's sheet of a household: stages, due dates, what was shared with it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.portail.attendus import du_bailleur
from services.portail.communes import libelle as commune
from services.portail.contrat import signe
from services.portail.etapes import DU_BAILLEUR, FINS_DU_BAILLEUR, POURQUOI
from services.portail.gestes import Gestes, gestes_du_dossier
from services.portail.menage import lignes as lignes_du_menage
from services.portail.menage import nom as nom_du_menage
from services.portail.pages.orientations.nouvelle._brouillon import PREMIER
from services.portail.visite import Visite


async def fiche(visite: Visite, dossier: UUID, au_moins: int | None) -> dict[str, Any]:
    vu, gestes, conventions = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}", au_moins=au_moins),
        gestes_du_dossier(visite, dossier),
        visite.api.liste("partenaires", "/conventions"),
    )
    return _fiche(vu, gestes, conventions)


def _fiche(vu: dict[str, Any], gestes: Gestes, conventions: list[dict[str, Any]]) -> dict[str, Any]:
    convention = next((c for c in conventions if c["convention"] == vu["convention"]), None)
    association = convention["association_nom"] if convention else ""
    qui, quoi, avant = du_bailleur(vu["attendu"])
    signer = gestes.peut("signer-contrat:bailleur")
    orienter = gestes.peut(PREMIER)
    pourquoi = ""
    if qui == "Vous" and not (signer or orienter):
        pourquoi = gestes.pourquoi("signer-contrat:bailleur" if vu["attendu"]["quoi"] == "signer_contrat" else PREMIER)
    return {
        "vu": vu,
        "nom": nom_du_menage(vu),
        "etat": DU_BAILLEUR[vu["etape"]],
        "association": association,
        "convention": convention,
        "etapes": _etapes(vu, association),
        "gestes": gestes,
        "signer": signer,
        "pourquoi": pourquoi,
        "qui": qui,
        "quoi": quoi,
        "avant": avant,
        "menage": lignes_du_menage(vu),
        "orienter": orienter,
        "titre_refus": POURQUOI.get(vu["etape"]),
        "commune": commune,
        "ici": "/orientations",
    }


def _etapes(vu: dict[str, Any], association: str) -> list[tuple[str, Any, str]]:
    """Done, now, to come; an end that came before its time replaces what was to come."""
    signature = max((s["le"] for s in (vu["contrat"] or {}).get("signatures", [])), default=None)
    franchies = [
        ("Ménage repéré", vu["repere_le"]),
        (f"Orienté vers {association}" if association else "Orienté vers une association", vu["oriente_le"]),
        ("Orientation acceptée", vu["acceptee_le"]),
        ("Adhésion du ménage", vu["adhesion_le"]),
        ("Contrat signé par tous", signature if signe(vu) else None),
    ]
    faites: list[tuple[str, Any, str]] = [(nom, le, "faite") for nom, le in franchies if le]
    if fin := FINS_DU_BAILLEUR.get(vu["etape"]):
        return [*faites, (fin[0], vu["etape_depuis"], fin[1])]
    faites[-1] = (*faites[-1][:2], "maintenant")
    return faites + [(nom, None, "a-venir") for nom, le in franchies if not le]
