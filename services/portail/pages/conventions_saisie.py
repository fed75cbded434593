"""Agreeing: opening a dispositif, proposing a convention on it, saying who pays. For whoever commits a party."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Introuvable, Refusee
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix, en_date
from services.portail.pages.conventions import ENGAGENT, ICI, engage, lire, organisations, partie
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

_EUROS = re.compile(r"(\d{1,10})(?:[.,](\d{1,2}))?")
BLANCHES = 2
"""Empty lines offered after those of the plan."""
LIGNES = 30


def _reserver(visite: Visite) -> None:
    visite.reserver(*ENGAGENT)
    if not engage(visite):
        raise Introuvable


# A dispositif


@routes.get(ICI + "/dispositif")
async def avant_d_ouvrir(visite: LaVisite) -> Response:
    _reserver(visite)
    return _dispositif(visite, Formulaire.neuf(periodicite_mois="2", delai_reponse_jours="15", delai_etude_jours="30"))


@routes.post(ICI + "/dispositif")
async def ouvrir(visite: LaVisite) -> Response:
    _reserver(visite)
    f = await visite.formulaire()
    corps = {
        "nom": f.ligne("nom", "Donnez-lui un nom."),
        "publics": f.codes("publics", "publics", "Choisissez un public au moins."),
        "themes": f.codes("themes", "themes", "Choisissez un thème au moins."),
        "regles": {
            "delai_reponse_jours": f.entier("delai_reponse_jours", "Indiquez un nombre de jours.", de=1, a=90),
            "delai_etude_jours": f.entier("delai_etude_jours", "Indiquez un nombre de jours.", de=1, a=180),
            "periodicite_mois": f.entier("periodicite_mois", "Indiquez un nombre de mois.", de=1, a=12),
        },
    }
    if f.correct:
        try:
            effet = await visite.api.faire("partenaires", "/dispositifs/ouvrir", corps, f.commande)
            await visite.api.lire("partenaires", f"/dispositifs/{effet.id}", au_moins=effet.version)
            return visite.vers(f"{ICI}/nouvelle", "dispositif_ouvert", dispositif=effet.id)
        except Refusee as refus:
            f.refuser(refus, {"/nom": "nom", "/publics": "publics", "/themes": "themes"})
    return _dispositif(visite, f)


def _dispositif(visite: Visite, f: Formulaire) -> Response:
    return visite.page(
        "conventions/dispositif.html",
        200 if f.correct else 422,
        f=f,
        publics=choix("publics", visite.aujourdhui),
        themes=choix("themes", visite.aujourdhui),
        ici=ICI,
    )


# A convention


@routes.get(ICI + "/nouvelle")
async def avant_de_proposer(visite: LaVisite, dispositif: UUID | None = None) -> Response:
    _reserver(visite)
    return await _nouvelle(visite, Formulaire.neuf(dispositif=dispositif))


@routes.post(ICI + "/nouvelle")
async def proposer(visite: LaVisite) -> Response:
    """The other party is one already known, or named by its identifier."""
    _reserver(visite)
    f = await visite.formulaire()
    dispositif = f.ligne("dispositif", "Choisissez un dispositif.")
    autre = _organisation(f, "partenaire", "identifiant", "Choisissez l’autre organisation.")
    places = f.entier("places", "Indiquez le nombre de places.", de=1, a=10_000)
    debut = f.date("debut", "Indiquez le premier jour.")
    fin = f.date("fin", "Indiquez le dernier jour.")
    if debut and fin and fin <= debut:
        f.erreur("fin", "Le dernier jour vient après le premier.")
    if f.correct:
        moi, bailleur = str(visite.personne.organisation), visite.personne.nature == "bailleur"
        corps = {
            "dispositif": dispositif, "places": places, "debut": debut, "fin": fin,
            "bailleur": moi if bailleur else autre, "association": autre if bailleur else moi,
        }  # fmt: skip
        try:
            effet = await visite.api.faire("partenaires", "/conventions/proposer", corps, f.commande)
            return visite.vers(f"{ICI}/{effet.id}", "convention_proposee", v=effet.version)
        except Refusee as refus:
            if refus.code == "partie_inconnue":
                f.erreur("identifiant", f"Cet identifiant n’est pas celui d’{_l_autre(visite)[2]} inscrit à Maillage.")
            else:
                f.refuser(refus, {f"/{nom}": nom for nom in corps})
    return await _nouvelle(visite, f)


def _l_autre(visite: Visite) -> tuple[str, str, str]:
    """(nature, as a title, with its article) of the other party."""
    if visite.personne.nature == "bailleur":
        return "association", "Association", "une association"
    return "bailleur", "Bailleur", "un bailleur"


async def _nouvelle(visite: Visite, f: Formulaire) -> Response:
    dispositifs, connues = await asyncio.gather(visite.api.liste("partenaires", "/dispositifs"), organisations(visite))
    nature, titre, _ = _l_autre(visite)
    return visite.page(
        "conventions/nouvelle.html",
        200 if f.correct else 422,
        f=f,
        dispositifs=[(d["dispositif"], d["nom"], _en_bref(d["regles"])) for d in dispositifs],
        titre=titre,
        autres=[(cle, o["nom"]) for cle, o in connues.items() if o["nature"] == nature],
        ici=ICI,
    )


def _en_bref(r: dict[str, Any]) -> str:
    mois = r["periodicite_mois"]
    return f"Réponse sous {r['delai_reponse_jours']} jours, point tous les {'' if mois == 1 else f'{mois} '}mois."


def _organisation(f: Formulaire, nom: str, autre: str, manque: str | None) -> str | None:
    """The organisation chosen in a list, or the one whose identifier was typed beside it."""
    typed = f.ligne(autre)
    if typed:
        try:
            return str(UUID(typed))
        except ValueError:
            f.erreur(autre, "Cet identifiant n’a pas la bonne forme : recopiez-le en entier.")
            return None
    if manque and not f.brut(nom):
        f.erreur(nom if nom in f.valeurs else autre, manque)  # without anybody known there is no list
    return f.ligne(nom) or None


# Who pays


@routes.get(ICI + "/{convention}/plan")
async def avant_de_financer(visite: LaVisite, convention: UUID, annee: int | None = None) -> Response:
    """The plan of one year, as it stands."""
    _reserver(visite)
    c = await lire(visite, convention)
    annees = _annees(c)
    choisie = annee if annee in annees else max(annees[0], min(visite.aujourdhui.year, annees[-1]))
    # A year not settled yet begins with what the one before came to.
    plan = max((p for p in c["plans"] if p["annee"] <= choisie), key=lambda p: int(p["annee"]), default=None)
    return await _plan(visite, c, choisie, _depuis(plan), repris=plan["annee"] if plan else None)


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
    _reserver(visite)
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
    return await _plan(visite, c, int(annee) if annee else _annees(c)[0], f)


def _ligne(f: Formulaire, i: int) -> dict[str, Any] | None:
    champs = [f"{nom}-{i}" for nom in ("financeur", "identifiant", "source", "montant")]
    if not any(f.brut(champ).strip() for champ in champs):
        return None
    financeur = _organisation(f, champs[0], champs[1], "Choisissez le financeur de cette ligne.")
    source = f.code(champs[2], "source_financement", "Choisissez la source de cette ligne.")
    return {"financeur": financeur, "source": source, "montant_centimes": _centimes(f, champs[3])}


def _centimes(f: Formulaire, nom: str) -> int | None:
    """« 20 000 », « 20 000,50 € » → euro cents."""
    lu = _EUROS.fullmatch(re.sub(r"[\s€]", "", f.ligne(nom, "Indiquez le montant de cette ligne.")))
    if lu is None:
        f.erreur(nom, "Écrivez le montant en euros, par exemple 20 000 ou 1 250,50.")
        return None
    return int(lu[1]) * 100 + int((lu[2] or "0").ljust(2, "0"))


async def _plan(visite: Visite, c: dict[str, Any], annee: int, f: Formulaire, repris: int | None = None) -> Response:
    if not partie(visite, c) or c["statut"] == "echue":
        raise Introuvable
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
