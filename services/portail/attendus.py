"""What is awaited of whom in a dossier: the words for it, and the page where it is done. Which it is, its service says."""

from __future__ import annotations

from typing import Any, NamedTuple

A_TRAITER = "/orientations-a-traiter"


class Geste(NamedTuple):
    """What the association owes next: how it reads, and the page that does it."""

    libelle: str
    adresse: str


_PAGES = {
    "recueillir_adhesion": ("Recueillir l’adhésion", "/adhesion"),
    "tenir_entretien": ("Tenir l’entretien initial", "/entretien"),
    "preparer_contrat": ("Préparer le contrat", "/contrat"),
    "signer_contrat": ("Recueillir les signatures", "/contrat/signer"),
    "reevaluer": ("Tenir le point bimestriel", "/point"),
    "conclure": ("Conclure, ou renouveler le contrat", ""),
}
"""Code of what is awaited of the association → how it reads, and its page of the dossier: the sheet, to choose there."""


def geste(quoi: str, dossier: Any) -> Geste:
    """The page where a line of due work is done."""
    if quoi == "repondre":
        return Geste("Répondre à l’orientation", f"{A_TRAITER}/{dossier}")
    libelle, page = _PAGES[quoi]
    return Geste(libelle, f"/dossiers/{dossier}{page}")


_VU_DU_BAILLEUR = {
    "orienter": "orienter le ménage",
    "orienter_de_nouveau": "orienter de nouveau, ou en rester là",
    "repondre": "répondre",
    "recueillir_adhesion": "recueillir l’adhésion",
    "tenir_entretien": "préparer le contrat",
    "preparer_contrat": "préparer le contrat",
    "signer_contrat": "recueillir les signatures",
    "reevaluer": "réévaluer le suivi",
    "conclure": "conclure, ou prolonger le contrat",
}
"""How the landlord reads each code: an interview is between the household and the association."""


def du_bailleur(attendu: dict[str, Any] | None) -> tuple[str, str, Any]:
    """(who, what, by when) is awaited in a dossier, as the landlord reads it; nobody when it is over."""
    if attendu is None:
        return "", "", None
    if attendu["qui"] == "bailleur":
        quoi = "signer le contrat" if attendu["quoi"] == "signer_contrat" else _VU_DU_BAILLEUR[attendu["quoi"]]
        return "Vous", quoi, attendu["avant"]
    return "L’association", _VU_DU_BAILLEUR[attendu["quoi"]], attendu["avant"]
