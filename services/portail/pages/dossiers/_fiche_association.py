"""The sheet of a household for the association that follows it: what is due, what was agreed, what happened."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.portail.attendus import attendu, geste
from services.portail.contrat import PARTIES, echu, engagements, objectifs, signataires
from services.portail.dossier import communs, lire
from services.portail.equipe import membres, noms
from services.portail.etapes import DE_L_ASSOCIATION, FINIES, SUIVIES
from services.portail.libelles import en_date, jour
from services.portail.menage import lignes as lignes_du_menage
from services.portail.pages.dossiers._frise import Releve, organisations, releves
from services.portail.pages.dossiers._frise import lignes as frise
from services.portail.visite import Visite

DERNIERES = 6
"""Lines of the timeline on the sheet; the whole of it has its page."""
NOTES = 4
PROCHAINS = 3
"""Meetings to come shown on the sheet."""
COLONNES = 4
"""Sets of scores shown side by side."""


async def fiche(visite: Visite, dossier: UUID, au_moins: int | None) -> dict[str, Any]:
    api = visite.api
    vu, faits, notes, equipe, conventions = await asyncio.gather(
        lire(visite, dossier, au_moins),
        api.lire("dossiers", f"/dossiers/{dossier}/frise", au_moins=au_moins),
        api.lire("dossiers", f"/dossiers/{dossier}/notes", au_moins=au_moins),
        membres(visite),
        api.liste("partenaires", "/conventions"),
    )
    convention = next((c for c in conventions if c["convention"] == vu["convention"]), None)
    les_noms = noms(equipe)
    histoire = frise(faits["elements"], les_noms, organisations(conventions))
    return dict(
        **communs(vu),
        etat=DE_L_ASSOCIATION[vu["etape"]],
        bailleur=convention["bailleur_nom"] if convention else "",
        convention=convention,
        prochain=_prochain(visite, vu, convention),
        etapes=_etapes(vu, faits["elements"]),
        referent=les_noms.get(vu["referent"]) if vu["referent"] else None,
        menage=lignes_du_menage(vu),
        objectifs=objectifs(vu),
        engagements=engagements(vu),
        signatures="\n".join(
            f"{PARTIES[s['partie']]}, le {jour(s['le'])}" for s in (vu["contrat"] or {}).get("signatures", [])
        ),
        rendez_vous=_rendez_vous(vu, visite.aujourdhui),
        restent=[nom for partie, nom in PARTIES.items() if partie not in signataires(vu)],
        tableau_scores=_scores(releves(faits["elements"])),
        histoire=histoire[:DERNIERES],
        toute=len(histoire),
        notes=notes["elements"][:NOTES],
        toutes_notes=len(notes["elements"]),
        noms=les_noms,
        ouvert=vu["etape"] in SUIVIES and not vu["efface"],
        coordinateur="coordinateur" in visite.personne.roles,
        effacable=vu["etape"] in FINIES and not vu["efface"] and "coordinateur" in visite.personne.roles,
    )


# What is awaited


class Prochain(NamedTuple):
    """What is awaited, from whom, by when, and the pages that do it: the first is the one to take."""

    qui: str
    quoi: str
    avant: Any
    gestes: list[tuple[str, str]]


def _prochain(visite: Visite, vu: dict[str, Any], convention: dict[str, Any] | None) -> Prochain | None:
    code, base = attendu(vu), f"/dossiers/{vu['dossier']}"
    if code is None or vu["efface"]:
        return None
    fait = geste(code, vu["prochaine_echeance"] or vu["reponse_avant"], vu["dossier"])
    aussi: list[tuple[str, str]] = []
    match code:
        case "signer_contrat":
            return _signatures(visite, vu, fait.libelle, fait.adresse)
        case "reevaluer" if vu["prochaine_echeance"] is None or echu(vu, visite):
            return _conclure(visite, vu)
        case "recueillir_adhesion":
            aussi = [("Noter un refus", f"{base}/adhesion/refus")]
        case "tenir_entretien" if convention and not convention["regles"].get("entretien_requis", True):
            aussi = [("Préparer le contrat sans entretien", f"{base}/contrat")]
    return Prochain("vous", fait.libelle, fait.avant, [(fait.libelle, fait.adresse), *aussi])


def _signatures(visite: Visite, vu: dict[str, Any], libelle_: str, adresse: str) -> Prochain:
    base, signe = f"/dossiers/{vu['dossier']}", signataires(vu)
    imprimer = ("Voir et imprimer le contrat", f"{base}/contrat/imprimer")
    if {"menage", "association"} <= signe:
        return Prochain("bailleur", "signer le contrat", None, [imprimer])
    modifier = [] if signe else [("Modifier le contrat", f"{base}/contrat")]
    return Prochain("vous", libelle_, vu["contrat"]["debut"], [(libelle_, adresse), imprimer, *modifier])


def _conclure(visite: Visite, vu: dict[str, Any]) -> Prochain:
    """No date is left: the contract ends before another review would be due, or has ended."""
    base = f"/dossiers/{vu['dossier']}"
    clore = ("Terminer l’accompagnement", f"{base}/clore")
    if echu(vu, visite):
        dit, suite = "Le contrat est arrivé à son terme : à conclure, ou à renouveler", "Préparer un nouveau contrat"
        return Prochain("vous", dit, None, [clore, (suite, f"{base}/contrat")])
    dit, suite = "Plus de point prévu : à conclure", "Tenir un point de plus"
    return Prochain("vous", dit, vu["contrat_fin"], [clore, (suite, f"{base}/point")])


_FINS = {
    "refusee": "Orientation refusée",
    "retiree": "Orientation retirée",
    "expiree": "Restée sans réponse",
    "adhesion_refusee": "Le ménage n’a pas souhaité être accompagné",
    "clos": "Accompagnement terminé",
}


def _etapes(vu: dict[str, Any], faits: list[dict[str, Any]]) -> list[tuple[str, Any, str]]:
    """Done, now, to come; of the last orientation only."""
    debut = max((n for n, fait in enumerate(faits) if fait["type"] == "MenageOriente"), default=0)
    quand = {fait["type"]: fait["le"] for fait in faits[debut:]}
    signe = next((f["le"] for f in faits[debut:] if f["type"] == "ContratSigne" and f["details"]["complet"]), None)
    franchies = [
        ("Orientation reçue", vu["oriente_le"]),
        ("Orientation acceptée", quand.get("OrientationAcceptee")),
        ("Adhésion du ménage", quand.get("AdhesionRecueillie")),
        ("Entretien initial", quand.get("EntretienInitialTenu")),
        ("Contrat signé par tous", signe),
    ]
    faites: list[tuple[str, Any, str]] = [(nom, le, "faite") for nom, le in franchies if le]
    if vu["etape"] in _FINS:
        return [*faites, (_FINS[vu["etape"]], vu["etape_depuis"], "faite" if vu["etape"] == "clos" else "fin")]
    if faites:
        faites[-1] = (*faites[-1][:2], "maintenant")
    return faites + [(nom, None, "a-venir") for nom, le in franchies if not le]


# The contract and the scores


def _rendez_vous(vu: dict[str, Any], le: date) -> str:
    """The next meetings of the contract's calendar."""
    prevus = (en_date(jour_prevu) for jour_prevu in (vu["contrat"] or {}).get("calendrier", []))
    return ", ".join(jour(d) for d in [d for d in prevus if d and d >= le][:PROCHAINS])


class Scores(NamedTuple):
    """`colonnes`: (date, what). `lignes`: (theme, score of each column, difference with the one before the last)."""

    colonnes: list[tuple[Any, str]]
    lignes: list[tuple[str, list[int | None], int]]


def _scores(tous: list[Releve]) -> Scores | None:
    """The first and the last sets of scores, side by side."""
    if not tous:
        return None
    montres = tous if len(tous) <= COLONNES else [tous[0], *tous[1 - COLONNES :]]
    themes = list(dict.fromkeys(theme for releve in reversed(montres) for theme in releve.scores))
    rows = []
    for theme in themes:
        notes = [releve.scores.get(theme) for releve in montres]
        dernier, avant = notes[-1], (notes[-2] if len(notes) > 1 else None)
        rows.append((theme, notes, dernier - avant if dernier and avant else 0))
    return Scores([(releve.le, releve.titre) for releve in montres], rows)
