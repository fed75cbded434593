"""What is awaited of whom in a dossier: the words for it, and the page where it is done."""

from __future__ import annotations

from typing import Any, NamedTuple

from services.portail.contrat import signe
from services.portail.etapes import FINIES

A_TRAITER = "/orientations-a-traiter"


class Geste(NamedTuple):
    """What the association owes next: how it reads, and the page that does it."""

    libelle: str
    adresse: str
    avant: Any = None


_GESTES = {
    "recueillir_adhesion": ("Recueillir l’adhésion", "adhesion"),
    "tenir_entretien": ("Tenir l’entretien initial", "entretien"),
    "preparer_contrat": ("Préparer le contrat", "contrat"),
    "signer_contrat": ("Recueillir les signatures", "contrat/signer"),
    "reevaluer": ("Tenir le point bimestriel", "point"),
}
ATTENDUS = {
    "repondre": "Répondre à l’orientation",
    **{attendu: libelle for attendu, (libelle, _) in _GESTES.items()},
}
"""The kinds of due work (view travail), as they read."""


def geste(attendu: str, echeance: Any, dossier: Any) -> Geste:
    """The page where a line of due work is done. A follow-up with no date left is to be concluded, or renewed."""
    if attendu == "repondre":
        return Geste(ATTENDUS["repondre"], f"{A_TRAITER}/{dossier}", echeance)
    if attendu == "conclure" or (attendu == "reevaluer" and echeance is None):
        return Geste("Conclure, ou renouveler le contrat", f"/dossiers/{dossier}")
    libelle, page = _GESTES[attendu]
    return Geste(libelle, f"/dossiers/{dossier}/{page}", echeance)


def attendu(vu: dict[str, Any]) -> str | None:
    """What is due in a dossier, as a code of ATTENDUS; None when nothing is any more (view travail says the same)."""
    match vu["etape"]:
        case "orientee" | "a_l_etude":
            return "repondre"
        case etape if etape in FINIES:
            return None
        case "acceptee":
            return "recueillir_adhesion"
        case _ if vu["contrat"] and not signe(vu):
            return "signer_contrat"
        case "adhesion":
            return "tenir_entretien"
        case "entretien":
            return "preparer_contrat"
        case _:
            return "reevaluer"


def attendu_du_bailleur(row: dict[str, Any]) -> tuple[str, str, Any]:
    """(who, what, by when) is awaited in a dossier, as the landlord sees it; nobody when it is over."""
    match row["etape"]:
        case "reperee":
            return "Vous", "orienter le ménage", None
        case "orientee" | "a_l_etude":
            return "L’association", "répondre", row["reponse_avant"]
        case "refusee" | "expiree":
            return "Vous", "orienter de nouveau, ou en rester là", None
        case "acceptee":
            return "L’association", "recueillir l’adhésion", None
        case "adhesion":
            return "L’association", "préparer le contrat", None
        case "sous_contrat" if row["prochaine_echeance"] is None:
            return "L’association", "conclure, ou prolonger le contrat", None
        case "sous_contrat":
            return "L’association", "réévaluer le suivi", row["prochaine_echeance"]
        case _:
            return "", "", None
