"""The sheet of a household for the association that follows it: what is due, what was agreed, what happened."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.portail.attendus import du_bailleur, geste
from services.portail.contrat import PARTIES, echu, engagements, objectifs, signataires
from services.portail.dossier import communs, lire
from services.portail.equipe import membres, noms
from services.portail.etapes import DE_L_ASSOCIATION, FINS_DE_L_ASSOCIATION
from services.portail.gestes import Gestes, gestes_du_dossier
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
    vu, gestes, faits, notes, equipe, conventions = await asyncio.gather(
        lire(visite, dossier, au_moins),
        gestes_du_dossier(visite, dossier),
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
        gestes=gestes,
        prochain=(prochain := _prochain(visite, vu, gestes)),
        aussi=_aussi(vu, gestes, prochain),
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
    )


# What is awaited


class Prochain(NamedTuple):
    """What is awaited, from whom, by when, and the pages that do it: the first is the one to take. `pourquoi`: why it cannot
    be done, by this person or now."""

    qui: str
    quoi: str
    avant: Any
    gestes: list[tuple[str, str]]
    pourquoi: str = ""


_AUSSI: dict[str, tuple[tuple[str, str, str], ...]] = {
    "recueillir_adhesion": (("refuser-adhesion", "Noter un refus", "/adhesion/refus"),),
    "tenir_entretien": (("preparer-contrat", "Préparer le contrat sans entretien", "/contrat"),),
    "signer_contrat": (("preparer-contrat", "Modifier le contrat", "/contrat"),),
    "conclure": (
        ("preparer-contrat", "Préparer un nouveau contrat", "/contrat"),
        ("reevaluer", "Tenir un point de plus", "/point"),
    ),
}
"""What else may be done then: act, how it reads, its page."""
_ACTES = {
    "repondre": ("refuser-orientation",),
    "recueillir_adhesion": ("recueillir-adhesion",),
    "tenir_entretien": ("tenir-entretien-initial",),
    "preparer_contrat": ("preparer-contrat",),
    "signer_contrat": ("signer-contrat:menage", "signer-contrat:association"),
    "reevaluer": ("reevaluer",),
    "conclure": ("clore",),
}
"""What is awaited of the association → the acts that answer it."""
IMPRIMER = ("Voir et imprimer le contrat", "/contrat/imprimer")


def _prochain(visite: Visite, vu: dict[str, Any], gestes: Gestes) -> Prochain | None:
    du, base = vu["attendu"], f"/dossiers/{vu['dossier']}"
    if du is None:
        return None
    quoi, avant = du["quoi"], du["avant"]
    imprimer = [(IMPRIMER[0], base + IMPRIMER[1])] if quoi == "signer_contrat" else []
    if du["qui"] == "bailleur":
        return Prochain("bailleur", du_bailleur(du)[1], avant, imprimer)
    dit, page = geste(quoi, vu["dossier"])
    premier = (dit, page)
    if echu(vu, visite) and quoi in ("reevaluer", "conclure"):
        quoi, avant, dit = "conclure", None, "Le contrat est arrivé à son terme : à conclure, ou à renouveler"
    elif quoi == "conclure":
        avant, dit = vu["contrat_fin"], "Plus de point prévu : à conclure"
    if quoi == "conclure":
        premier = ("Terminer l’accompagnement", f"{base}/clore")
    aussi = [(libelle, base + suite) for acte, libelle, suite in _AUSSI.get(quoi, ()) if gestes.peut(acte)]
    if gestes.peut(*_ACTES[quoi]):
        return Prochain("vous", dit, avant, [premier, *imprimer, *aussi])
    return Prochain("vous", dit, avant, [*imprimer, *aussi], gestes.pourquoi(_ACTES[quoi][0]))


def _aussi(vu: dict[str, Any], gestes: Gestes, prochain: Prochain | None) -> list[tuple[str, str]]:
    """What may be done whatever is awaited, and is not said with it."""
    libres = [
        ("deposer-note", "Écrire une note", "/note"),
        ("fixer-rendez-vous", "Rendez-vous", "/rendez-vous"),
        ("tenir-rencontre", "Noter une rencontre", "/rencontre"),
    ]
    found = [(libelle, page) for acte, libelle, page in libres if gestes.peut(acte)]
    if vu["contrat"] and not vu["efface"]:
        found.append(IMPRIMER)
    if gestes.peut("clore"):
        found.append(("Terminer l’accompagnement", "/clore"))
    dites = {page for _, page in prochain.gestes} if prochain else set()
    base = f"/dossiers/{vu['dossier']}"
    return [(libelle, base + page) for libelle, page in found if page == "/clore" or base + page not in dites]


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
    if fin := FINS_DE_L_ASSOCIATION.get(vu["etape"]):
        return [*faites, (fin[0], vu["etape_depuis"], fin[1])]
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
