"""The signatures that the association records: the household's and its own. The landlord's is the landlord's to record."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.contrat import PARTIES
from services.portail.dossier import communs, ouvrir
from services.portail.formulaire import Formulaire
from services.portail.gestes import Gestes
from services.portail.libelles import choix
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
NOTRES = {partie: PARTIES[partie] for partie in ("menage", "association")}


@routes.get("/dossiers/{dossier}/contrat/signer")
async def avant(visite: LaVisite, dossier: UUID) -> Response:
    vu, gestes = await ouvrir(visite, dossier)
    if not _au_bailleur(vu):
        gestes.exiger("signer-contrat")
    f = Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}", parties=list(_restent(gestes)))
    return _page(visite, vu, gestes, f)


@routes.post("/dossiers/{dossier}/contrat/signer")
async def signer(visite: LaVisite, dossier: UUID) -> Response:
    """Record who signed the contract that the page showed: another in its place is refused."""
    visite.reserver("association")
    f = await visite.formulaire()
    parties = [partie for partie in NOTRES if partie in f.bruts("parties")]
    if not parties:
        f.erreur("parties", "Cochez qui a signé.")
    corps = {
        "contrat": f.brut("contrat"),
        "moyen": f.code("moyen", "moyen_signature", "Dites comment le contrat a été signé."),
        "le": f.date("le", "Indiquez la date de signature.", passee=visite.aujourdhui),
    }
    if f.correct and (faite := await _signer(visite, dossier, parties, corps, f)):
        return visite.vers(f"/dossiers/{dossier}", "signatures_enregistrees", v=faite)
    return _page(visite, *await ouvrir(visite, dossier), f)


async def _signer(
    visite: Visite, dossier: UUID, parties: list[str], corps: dict[str, Any], f: Formulaire
) -> int | None:
    """One command per party, each with its own id: resumed halfway, none counts twice."""
    version = None
    for partie in parties:
        commande = uuid5(f.commande, f"{partie} {corps['moyen']} {corps['le']}")
        try:
            dit = {**corps, "partie": partie}
            version = (await visite.api.faire("dossiers", f"/dossiers/{dossier}/signer-contrat", dit, commande)).version
        except Refusee as refus:
            f.refuser(refus, {"/moyen": "moyen", "/le": "le"})
            return None
    return version


def _restent(gestes: Gestes) -> dict[str, str]:
    return {partie: nom for partie, nom in NOTRES.items() if gestes.peut(f"signer-contrat:{partie}")}


def _au_bailleur(vu: dict[str, Any]) -> bool:
    """Only the landlord's signature is awaited, which the page says."""
    du = vu["attendu"]
    return bool(du and du["quoi"] == "signer_contrat" and du["qui"] == "bailleur")


def _page(visite: Visite, vu: dict[str, Any], gestes: Gestes, f: Formulaire) -> Response:
    if not vu["contrat"]:
        return visite.vers(f"/dossiers/{vu['dossier']}")
    return visite.page(
        "dossiers/contrat_signer.html",
        200 if f.correct else 422,
        f=f,
        restent=list(_restent(gestes).items()),
        deja=vu["contrat"]["signatures"],
        moyens=choix("moyen_signature", visite.aujourdhui),
        **communs(vu),
    )
