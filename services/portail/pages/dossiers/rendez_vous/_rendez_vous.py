"""A dossier's appointments, as either organisation reads them, and the words for what became of each."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from services.portail.dossier import ICI
from services.portail.libelles import Etat
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import Visite

ETATS = {
    "fixe": Etat("Prévu", "autre"),
    "tenu": Etat("Tenu", "bien"),
    "manque": Etat("Manqué", "mal"),
    "annule": Etat("Annulé"),
}
AVEC = {"menage": "le ménage", "bailleur": "le bailleur", "association": "l’association"}


async def lus(visite: Visite, dossier: UUID, au_moins: int | None = None) -> dict[str, Any]:
    """The sheet, its appointments, and what the person may do. Raises Introuvable for those who read none."""
    visite.reserver("bailleur", "association")
    vu, agenda, dits = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}"),
        visite.api.lire("dossiers", f"/dossiers/{dossier}/rendez-vous", au_moins=au_moins),
        visite.api.lire("dossiers", f"/dossiers/{dossier}/gestes"),
    )
    return {
        "vu": vu,
        "nom": nom_du_menage(vu),
        "adresse": f"/dossiers/{dossier}",
        "ici": ICI[visite.personne.nature],
        "rendez_vous": agenda["rendez_vous"],
        "gestes": dits["gestes"],
    }
