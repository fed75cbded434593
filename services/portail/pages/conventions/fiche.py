"""A convention: its terms, who signed, who pays; and signing it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.formulaire import Formulaire
from services.portail.gestes import Gestes, gestes_de_la_convention
from services.portail.libelles import libelle
from services.portail.pages.conventions._convention import (
    ENGAGENT,
    ICI,
    LECTEURS,
    attend_la_signature_de,
    etat,
    lire,
    organisations,
    signataires_de,
)
from services.portail.places import places_de
from services.portail.visite import LaVisite, Visite

routes = APIRouter()


@routes.get(ICI + "/{convention}")
async def convention(
    visite: LaVisite, convention: UUID, v: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None
) -> Response:
    """`v`: the version that a command just made, which the page then shows."""
    visite.reserver(*LECTEURS)
    return await _fiche(visite, convention, Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}"), v)


async def _fiche(visite: Visite, convention: UUID, f: Formulaire, v: int | None = None) -> Response:
    c, gestes = await asyncio.gather(lire(visite, convention, v), _gestes(visite, convention))
    noms, places = await asyncio.gather(
        organisations(visite), places_de(visite, [c] if visite.personne.nature in ENGAGENT else [])
    )
    return visite.page(
        "conventions/fiche.html",
        200 if f.correct else 422,
        f=f,
        c=c,
        etat=etat(visite, c),
        etapes=_etapes(c),
        places=places.get(c["convention"]),
        regles=regles(c["regles"]),
        plans=[_plan(plan, noms) for plan in c["plans"]],
        a_signer=bool(gestes and gestes.peut("signer")),
        pas_signer=gestes.pourquoi("signer")
        if gestes and attend_la_signature_de(c, visite.personne.organisation)
        else "",
        finance=bool(gestes and gestes.peut("etablir-plan-de-financement")),
        ici=ICI,
    )


async def _gestes(visite: Visite, convention: UUID) -> Gestes | None:
    """None for who pays: they read it, and have nothing to do in it."""
    return await gestes_de_la_convention(visite, convention) if visite.personne.nature in ENGAGENT else None


@routes.post(ICI + "/{convention}/signer")
async def signer(visite: LaVisite, convention: UUID) -> Response:
    visite.reserver(*ENGAGENT)
    f = await visite.formulaire()
    le = f.date("le", "Indiquez la date de la signature.", passee=visite.aujourdhui)
    if f.correct:
        try:
            effet = await visite.api.faire("partenaires", f"/conventions/{convention}/signer", {"le": le}, f.commande)
            return visite.vers(f"{ICI}/{convention}", "convention_signee", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/le": "le"})
    return await _fiche(visite, convention, f)


def _etapes(c: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """Done, then what is still to come, the next of which is now."""
    signees = signataires_de(c)
    suite = [
        ("Proposée", c["proposee_le"]),
        (f"Signée par {c['bailleur_nom']}", signees.get(c["bailleur"])),
        (f"Signée par {c['association_nom']}", signees.get(c["association"])),
        ("En vigueur", c["active_depuis"]),
    ]
    if c["statut"] == "echue":
        return [*((nom, le, "faite") for nom, le in suite if le), ("Terminée", c["fin"], "faite")]
    faites = [(nom, le, "faite") for nom, le in suite if le]
    venir = [(nom, None, "a-venir") for nom, le in suite if not le]
    if c["statut"] == "active":
        faites[-1] = (*faites[-1][:2], "maintenant")
        venir = [("Dernier jour", c["fin"], "a-venir")]
    return [*faites, *venir]


def regles(r: dict[str, Any]) -> list[tuple[str, str]]:
    mois = r["periodicite_mois"]
    return [
        ("Réponse à une orientation", f"sous {r['delai_reponse_jours']} jours"),
        ("Délai d’étude", f"{r['delai_etude_jours']} jours de plus, une fois"),
        ("Entretien initial", "avant le contrat" if r["entretien_requis"] else "facultatif"),
        ("Point avec le ménage", "tous les mois" if mois == 1 else f"tous les {mois} mois"),
        (
            "Pseudonymes des financeurs",
            "les mêmes d’une année à l’autre" if r["pseudonymes_pluriannuels"] else "changés chaque année",
        ),
    ]


def _plan(plan: dict[str, Any], noms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    lignes = [
        (
            noms.get(x["financeur"], {}).get("nom", "Autre organisation"),
            libelle(x["source"], "source_financement"),
            x["montant_centimes"],
        )
        for x in plan["lignes"]
    ]
    return {"annee": plan["annee"], "le": plan["le"], "lignes": lignes, "total": sum(x[2] for x in lignes)}
