"""The engagement contract: what is aimed at, who promises what, until when."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from fastapi import APIRouter
from fastapi.responses import Response

from services.portail.api import Refusee
from services.portail.contrat import PARTIES, signe
from services.portail.dossier import communs
from services.portail.formulaire import ACTION, Formulaire, lire_date
from services.portail.gestes import gestes_du_dossier
from services.portail.libelles import choix, jour_saisi
from services.portail.pages.dossiers._contrat import voir
from services.portail.reprise import brouillon, reprendre
from services.portail.visite import LaVisite, Visite
from services.socle.base.calendar import ajouter_mois, echeances

routes = APIRouter()
FORMULAIRE = "contrat"
LIGNES, LIGNES_MAX = 3, 20
"""Objectives shown on a new form, and at most."""
LIGNE = "_lignes"


@routes.get("/dossiers/{dossier}/contrat")
async def avant(visite: LaVisite, dossier: UUID) -> Response:
    (vu, convention), gestes = await asyncio.gather(voir(visite, dossier), gestes_du_dossier(visite, dossier))
    repris = gestes.exiger("preparer-contrat", await reprendre(visite, FORMULAIRE, vu))
    return _page(visite, vu, convention, repris or _propose(visite, vu, convention))


@routes.post("/dossiers/{dossier}/contrat")
async def preparer(visite: LaVisite, dossier: UUID) -> Response:
    """Prepare the contract, or add a line to its form."""
    visite.reserver("association")
    f = await visite.formulaire()
    b = brouillon(visite, FORMULAIRE, dossier, "contrat", f)
    if garde := await visite.garder(f, b):
        return garde
    vu, convention = await voir(visite, dossier)
    if f.brut(ACTION) == "ajouter":
        f.valeurs[LIGNE] = [str(min(_lignes(f) + 1, LIGNES_MAX))]
        return _page(visite, vu, convention, f)
    corps = _lu(f, convention)
    if f.correct:
        try:
            chemin = f"/dossiers/{dossier}/preparer-contrat"
            effet = await visite.api.faire("dossiers", chemin, corps, f.commande, f.version)
            await visite.les.brouillons.jeter(visite.personne, b.id)
            return visite.vers(f"/dossiers/{dossier}", "contrat_prepare", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/debut": "debut", "/fin": "fin", "/calendrier": "calendrier"})
    return _page(visite, vu, convention, f)


# What the form begins with


def _propose(visite: Visite, vu: dict[str, Any], convention: dict[str, Any] | None) -> Formulaire:
    """The contract prepared before, to be corrected; else a year, and the themes that are hardest for the household."""
    contrat = vu["contrat"]
    if contrat is None or signe(vu):
        return _neuf(visite, vu, convention)
    valeurs: dict[str, Any] = {
        "debut": jour_saisi(contrat["debut"]),
        "fin": jour_saisi(contrat["fin"]),
        "calendrier": "\n".join(map(jour_saisi, contrat["calendrier"])),
        LIGNE: len(contrat["objectifs"]),
    }
    for n, o in enumerate(contrat["objectifs"]):
        valeurs |= {f"theme-{n}": o["theme"], f"intitule-{n}": o["intitule"], f"terme-{n}": jour_saisi(o["terme"])}
    for partie in PARTIES:
        valeurs[f"engagements-{partie}"] = "\n".join(
            e["texte"] for e in contrat["engagements"] if e["partie"] == partie
        )
    return Formulaire.neuf(**valeurs)


def _neuf(visite: Visite, vu: dict[str, Any], convention: dict[str, Any] | None) -> Formulaire:
    debut = visite.aujourdhui
    fin = ajouter_mois(debut, 12) - timedelta(days=1)
    terme = lire_date(convention["fin"]) if convention else None
    if terme and debut < terme < fin:
        fin = terme
    durs = [s["theme"] for s in sorted(vu["scores"] or [], key=lambda s: s["score"]) if s["score"] <= 3]
    themes = {f"theme-{n}": theme for n, theme in enumerate(durs[:LIGNES])}
    return Formulaire.neuf(debut=jour_saisi(debut), fin=jour_saisi(fin), **{LIGNE: LIGNES}, **themes)


def _lignes(f: Formulaire) -> int:
    given = f.brut(LIGNE)
    return min(max(int(given), 1), LIGNES_MAX) if given.isdecimal() and len(given) < 4 else LIGNES


# What was typed


def _lu(f: Formulaire, convention: dict[str, Any] | None) -> dict[str, Any]:
    """Ids come from the form's, so that sending twice prepares one contract."""
    objectifs = _objectifs(f)
    engagements = [{"partie": p, "texte": texte} for p in PARTIES for texte in _une_par_ligne(f, f"engagements-{p}")]
    debut = f.date("debut", "Indiquez quand le contrat commence.")
    fin = f.date("fin", "Indiquez quand le contrat finit.")
    return {
        "contrat": uuid5(f.commande, "contrat"),
        "objectifs": objectifs,
        "engagements": engagements,
        "debut": debut,
        "fin": fin,
        "calendrier": _calendrier(f, debut, fin, convention),
    }


def _objectifs(f: Formulaire) -> list[dict[str, Any]]:
    found = []
    for n in range(_lignes(f)):
        intitule, terme = f.texte(f"intitule-{n}"), f.date(f"terme-{n}")
        theme = f.code(f"theme-{n}", "themes")
        if not intitule and terme is None:
            continue  # a line left empty, whatever theme was proposed
        if not intitule:
            f.erreur(f"intitule-{n}", f"Écrivez l’objectif {n + 1}, ou effacez son terme.")
        if theme is None:
            f.erreur(f"theme-{n}", f"Choisissez le thème de l’objectif {n + 1}.")
        found.append(
            {"objectif": uuid5(f.commande, f"objectif {n}"), "theme": theme, "intitule": intitule, "terme": terme}
        )
    if not found:
        f.erreur("intitule-0", "Écrivez au moins un objectif.")
    return found  # fmt: skip


def _une_par_ligne(f: Formulaire, nom: str) -> list[str]:
    """Non-empty lines, without the marks that a list pasted from elsewhere begins its lines with."""
    lignes = (ligne.strip().removeprefix("-").strip() for ligne in f.texte(nom).splitlines())
    return [ligne for ligne in lignes if ligne]


def _calendrier(f: Formulaire, debut: date | None, fin: date | None, convention: dict[str, Any] | None) -> list[date]:
    """The dates typed, one a line; left empty, one every two months (or what the convention says)."""
    lues: list[date] = []
    for ligne in _une_par_ligne(f, "calendrier"):
        found = lire_date(ligne)
        if found is None:
            f.erreur("calendrier", f"« {ligne[:40]} » n’est pas une date : écrivez par exemple 31/01/2026.")
            return []
        lues.append(found)
    if lues or debut is None or fin is None or not debut < fin:
        return lues
    mois = convention["regles"]["periodicite_mois"] if convention else 2
    return (echeances(debut, fin, mois) if fin.year - debut.year <= 10 else []) or [fin]  # fmt: skip


def _page(visite: Visite, vu: dict[str, Any], convention: dict[str, Any] | None, f: Formulaire) -> Response:
    le = visite.aujourdhui
    actuels = vu["contrat"] or {}
    return visite.page(
        "dossiers/contrat.html",
        200 if f.correct else 422,
        f=f,
        lignes=_lignes(f),
        pleine=_lignes(f) >= LIGNES_MAX,
        themes=choix("themes", le),
        mois=convention["regles"]["periodicite_mois"] if convention else 2,
        maintenant=[
            ("Début", jour_saisi(actuels.get("debut")), f.brut("debut")),
            ("Fin", jour_saisi(actuels.get("fin")), f.brut("fin")),
            (
                "Objectifs",
                "\n".join(o["intitule"] for o in actuels.get("objectifs", [])),
                "\n".join(filter(None, (f.brut(f"intitule-{n}") for n in range(_lignes(f))))),
            ),
        ],
        **communs(vu),
    )
