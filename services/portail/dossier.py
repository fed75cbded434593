"""Asking for dossiers: one of them in full, or the lines that lists show of some."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import UUID

from services.portail.gestes import Gestes, gestes_du_dossier
from services.portail.menage import nom
from services.portail.visite import Visite

LISTES = {"bailleur": "/orientations", "association": "/portefeuille"}
"""Nature of an organisation → its own list of dossiers; the others have none."""
ICI = {"bailleur": "/orientations", "association": "/menages"}
"""Nature → the entry of the menu under which a household's pages stand."""


async def lire(visite: Visite, dossier: UUID, au_moins: int | None = None) -> dict[str, Any]:
    """The dossier, for a member of its association. Raises Introuvable for everybody else."""
    visite.reserver("association")
    vu: dict[str, Any] = await visite.api.lire("dossiers", f"/dossiers/{dossier}", au_moins=au_moins)
    return vu


async def ouvrir(visite: Visite, dossier: UUID) -> tuple[dict[str, Any], Gestes]:
    """The dossier, and what the person may do in it now. Raises as `lire`."""
    vu, gestes = await asyncio.gather(lire(visite, dossier), gestes_du_dossier(visite, dossier))
    return vu, gestes


async def lignes(visite: Visite, dossiers: Collection[str]) -> dict[str, dict[str, Any]]:
    """Dossier → its line of the person's own list, for at most 200 of them: no reading of a dossier to be journalled."""
    chemin = LISTES.get(visite.personne.nature)
    if not dossiers or chemin is None:
        return {}
    found = await visite.api.lire("dossiers", chemin, dossier=sorted(set(dossiers)), limite=200)
    return {row["dossier"]: row for row in found["elements"]}


async def montre(visite: Visite, dossier: UUID, version: int) -> None:
    """Wait until the association's lists show what was just done."""
    await visite.api.lire("dossiers", "/portefeuille", dossier=dossier, au_moins=version, limite=1)


def communs(vu: dict[str, Any]) -> dict[str, Any]:
    """What every page of the association about one household shows."""
    return {"vu": vu, "nom": nom(vu), "adresse": f"/dossiers/{vu['dossier']}", "ici": "/menages"}
