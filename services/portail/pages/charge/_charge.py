"""Who follows how many households, and giving them to somebody."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from services.portail.api import Refusee
from services.portail.dossier import lignes, montre
from services.portail.equipe import membres, noms
from services.portail.formulaire import Formulaire
from services.portail.libelles import pluriel
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import Visite


class Charge(Struct, frozen=True):
    """`lignes`: one per member who follows households, or still does after leaving; the busiest first."""

    lignes: list[dict[str, Any]]
    noms: dict[str, str]

    def choix(self, sauf: str | None = None) -> list[tuple[str, str, str]]:
        """(member, name, load) of those who may be given households, the least busy first."""
        actifs = [x for x in reversed(self.lignes) if x["actif"] and x["referent"] != sauf]
        return [(x["referent"], self.nom(x["referent"]), pluriel(x["ouverts"], "dossier")) for x in actifs]

    def nom(self, membre: str) -> str:
        return self.noms.get(membre) or "Membre parti"


async def charge_de(visite: Visite) -> Charge:
    charge, equipe = await asyncio.gather(visite.api.lire("dossiers", "/charge"), membres(visite))
    nommes = noms(equipe)
    lignes = [x for x in charge["elements"] if x["referent"]]
    lignes.sort(key=lambda x: (x["actif"], -x["ouverts"], nommes.get(x["referent"], "").lower()))
    return Charge(lignes, nommes)


def dossier_de(champ: str) -> str | None:
    """The dossier a field « referent-… » is about."""
    nom, _, dossier = champ.partition("-")
    try:
        return str(UUID(dossier)) if nom == "referent" else None
    except ValueError:
        return None


async def designer(visite: Visite, f: Formulaire, choisis: dict[str, str]) -> bool:
    """All of them, whatever becomes of one; those refused are said above the form. True when all were accepted."""

    async def un(dossier: str, referent: str) -> tuple[str, str] | None:
        cle = uuid5(f.commande, f"{dossier}:{referent}")
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/designer-referent", corps(referent), cle)
        except Refusee as refus:
            return dossier, refus.detail
        await montre(visite, UUID(dossier), effet.version)
        return None

    refus = [found for found in await asyncio.gather(*(un(d, r) for d, r in choisis.items())) if found]
    if refus:
        connus = await lignes(visite, [dossier for dossier, _ in refus])
        dits = [f"{nom_du_menage(connus[dossier])} : {detail}" for dossier, detail in refus if dossier in connus]
        f.generale = " ".join(dits) or refus[0][1]
    return not refus


def corps(referent: str) -> dict[str, str]:
    return {"referent": referent}
