"""Who pays how much of a convention, year by year."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.formulaire import Formulaire
from services.portail.gestes import gestes_de_la_convention
from services.portail.libelles import choix, en_date
from services.portail.pages.conventions._convention import (
    ICI,
    lire,
    organisation_saisie,
    organisations,
    reserver,
)
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
_EUROS = re.compile(r"(\d{1,10})(?:[.,](\d{1,2}))?")
BLANCHES = 2
"""Empty lines offered after those of the plan."""
LIGNES = 30


@routes.get(ICI + "/{convention}/plan")
async def avant_de_financer(visite: LaVisite, convention: UUID, annee: int | None = None) -> Response:
    """The plan of one year, as it stands."""
    reserver(visite)
    c, gestes = await asyncio.gather(lire(visite, convention), gestes_de_la_convention(visite, convention))
    gestes.exiger("etablir-plan-de-financement")
    annees = _annees(c)
    choisie = annee if annee in annees else max(annees[0], min(visite.aujourdhui.year, annees[-1]))
    # A year not settled yet begins with what the one before came to.
    plan = max((p for p in c["plans"] if p["annee"] <= choisie), key=lambda p: int(p["annee"]), default=None)
    return await _page(visite, c, choisie, _depuis(plan), repris=plan["annee"] if plan else None)


def _annees(c: dict[str, Any]) -> list[int]:
    debut, fin = en_date(c["debut"]), en_date(c["fin"])
    assert debut
    assert fin
    return list(range(debut.year, fin.year + 1))


def _depuis(plan: dict[str, Any] | None) -> Formulaire:
    valeurs: dict[str, str] = {}
    for i, ligne in enumerate(plan["lignes"] if plan else []):
        entiers, reste = divmod(ligne["montant_centimes"], 100)
        valeurs |= {
            f"financeur-{i}": ligne["financeur"],
            f"source-{i}": ligne["source"],
            f"montant-{i}": f"{entiers}{f',{reste:02d}' if reste else ''}",
        }
    return Formulaire.neuf(**valeurs)


@routes.post(ICI + "/{convention}/plan")
async def financer(visite: LaVisite, convention: UUID) -> Response:
    """Replaces the year's plan; a line left empty is no line."""
    reserver(visite)
    c = await lire(visite, convention)
    f = await visite.formulaire()
    annee = f.un_de("annee", map(str, _annees(c)), "Choisissez une année.")
    lignes = [ligne for i in range(LIGNES) if (ligne := _ligne(f, i))]
    if f.correct and not lignes:
        f.erreur("financeur-0", "Inscrivez un financeur au moins.")
    if f.correct:
        corps = {"annee": int(annee or 0), "lignes": lignes}
        try:
            chemin = f"/conventions/{convention}/etablir-plan-de-financement"
            effet = await visite.api.faire("partenaires", chemin, corps, f.commande)
            return visite.vers(f"{ICI}/{convention}", "plan_etabli", v=effet.version)
        except Refusee as refus:
            f.refuser(refus)
    return await _page(visite, c, int(annee) if annee else _annees(c)[0], f)


def _ligne(f: Formulaire, i: int) -> dict[str, Any] | None:
    champs = [f"{nom}-{i}" for nom in ("financeur", "identifiant", "source", "montant")]
    if not any(f.brut(champ).strip() for champ in champs):
        return None
    financeur = organisation_saisie(f, champs[0], champs[1], "Choisissez le financeur de cette ligne.")
    source = f.code(champs[2], "source_financement", "Choisissez la source de cette ligne.")
    return {"financeur": financeur, "source": source, "montant_centimes": _centimes(f, champs[3])}


def _centimes(f: Formulaire, nom: str) -> int | None:
    """« 20 000 », « 20 000,50 € » → euro cents."""
    lu = _EUROS.fullmatch(re.sub(r"[\s€]", "", f.ligne(nom, "Indiquez le montant de cette ligne.")))
    if lu is None:
        f.erreur(nom, "Écrivez le montant en euros, par exemple 20 000 ou 1 250,50.")
        return None
    return int(lu[1]) * 100 + int((lu[2] or "0").ljust(2, "0"))


async def _page(visite: Visite, c: dict[str, Any], annee: int, f: Formulaire, repris: int | None = None) -> Response:
    connues = await organisations(visite)
    remplies = max(
        (i + 1 for i in range(LIGNES) if any(f.brut(f"{n}-{i}") for n in ("financeur", "montant"))), default=0
    )
    return visite.page(
        "conventions/plan.html",
        200 if f.correct else 422,
        f=f,
        c=c,
        annee=annee,
        annees=_annees(c),
        repris=repris if repris != annee else None,
        rangs=range(min(LIGNES, max(3, remplies + BLANCHES))),
        financeurs=[(cle, o["nom"]) for cle, o in connues.items()],
        sources=choix("source_financement", visite.aujourdhui),
        ici=ICI,
    )
