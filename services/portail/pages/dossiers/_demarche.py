"""What the short steps of a follow-up have in common: one question each, asked of a household that is met."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.dossier import communs
from services.portail.etapes import DE_L_ASSOCIATION
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix
from services.portail.visite import Visite

AUTRE = "autre"
"""The reason that asks for a few words."""


def du_jour(visite: Visite) -> Formulaire:
    return Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}")


def contact(visite: Visite, f: Formulaire, manque: str) -> dict[str, Any]:
    support = f.code("support", "support_contact", manque)
    return {"support": support, "le": f.date("le", "Indiquez la date.", passee=visite.aujourdhui)}


def precision(f: Formulaire) -> str:
    return f.texte("precision", "Avec « Autre », expliquez en quelques mots." if f.brut("motif") == AUTRE else None)


async def faire(
    visite: Visite, dossier: UUID, nom: str, corps: dict[str, Any], f: Formulaire, version: int | None
) -> int | None:
    """The dossier's version once it is done; None when refused, which the form then says."""
    try:
        return (await visite.api.faire("dossiers", f"/dossiers/{dossier}/{nom}", corps, f.commande, version)).version
    except Refusee as refus:
        f.refuser(refus, {f"/{champ}": champ for champ in corps})
        return None


def montrer(visite: Visite, nom: str, vu: dict[str, Any], f: Formulaire, **donnees: Any) -> Response:
    """The step's page, with its own choices."""
    etat = DE_L_ASSOCIATION[vu["etape"]]
    return visite.page(f"dossiers/{nom}.html", 200 if f.correct else 422, f=f, etat=etat, **communs(vu), **donnees)


def supports(visite: Visite) -> list[tuple[str, str]]:
    """How a household may be met, or heard."""
    return choix("support_contact", visite.aujourdhui)
