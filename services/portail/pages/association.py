"""What the association's pages have in common: the words for its stages and for what it owes, and who its members are."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from services.portail.api import Introuvable
from services.portail.brouillon import Brouillon, identifiant
from services.portail.formulaire import Formulaire
from services.portail.libelles import Etat, en_date, nom_complet
from services.portail.visite import Visite

ETAPES = {
    "orientee": Etat("Réponse à donner", "moi"),
    "a_l_etude": Etat("À l’étude", "moi"),
    "refusee": Etat("Refusée"),
    "retiree": Etat("Retirée par le bailleur"),
    "expiree": Etat("Restée sans réponse", "mal"),
    "acceptee": Etat("Acceptée", "autre"),
    "adhesion": Etat("Adhésion recueillie", "autre"),
    "adhesion_refusee": Etat("Adhésion refusée"),
    "entretien": Etat("Entretien tenu", "autre"),
    "sous_contrat": Etat("Accompagné", "bien"),
    "clos": Etat("Terminé"),
}
"""The association's stages (view portefeuille)."""

PARTIES = {"menage": "Le ménage", "association": "L’association", "bailleur": "Le bailleur"}
"""The parties to a contract, in the order they are named."""

OUVERTES = frozenset({"acceptee", "adhesion", "entretien", "sous_contrat"})
"""Stages in which the association follows the household: it writes notes, and may end the follow-up."""
FINIES = frozenset({"refusee", "retiree", "expiree", "adhesion_refusee", "clos"})

ADRESSE_REPONSE = "/orientations-a-traiter"


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
        return Geste(ATTENDUS["repondre"], f"{ADRESSE_REPONSE}/{dossier}", echeance)
    if attendu == "reevaluer" and echeance is None:
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


def signe(vu: dict[str, Any]) -> bool:
    """Whether the three parties have signed the contract of the dossier."""
    return len(signataires(vu)) == 3


def signataires(vu: dict[str, Any]) -> set[str]:
    return {s["partie"] for s in (vu["contrat"] or {}).get("signatures", [])}


def echu(vu: dict[str, Any], visite: Visite) -> bool:
    """Whether the contract that was signed has run out."""
    fin = en_date(vu["contrat_fin"])
    return fin is not None and fin < visite.aujourdhui


# Drafts. `_menage` and `_base` travel in the form: once a session has ended, the service can no longer be asked.

MENAGE, BASE = "_menage", "_base"
"""Whose key seals the draft; the dossier's version it was begun on."""


def brouillon(visite: Visite, formulaire: str, dossier: UUID, page: str, f: Formulaire) -> Brouillon:
    """The draft of a form about a dossier, with what was just typed. Raises Introuvable on a form that is not ours."""
    try:
        menage = UUID(f.brut(MENAGE))
    except ValueError:
        raise Introuvable from None
    id_ = identifiant(visite.personne, formulaire, dossier)
    return Brouillon(id_, formulaire, menage, dossier, f"/dossiers/{dossier}/{page}", f.saisies(), None)


async def reprendre(visite: Visite, formulaire: str, vu: dict[str, Any]) -> Formulaire | None:
    """What was typed and kept of a form; shown beside the dossier when that has changed since it was begun."""
    id_ = identifiant(visite.personne, formulaire, UUID(vu["dossier"]))
    kept = await visite.les.brouillons.lire(visite.personne, id_)
    if kept is None or not kept.saisies:
        return None
    f = Formulaire(kept.saisies)
    f.depasse = f.brut(BASE) != str(vu["version"])
    return f


# Asking


async def lire(visite: Visite, dossier: UUID, au_moins: int | None = None) -> dict[str, Any]:
    """The dossier, for a member of its association. Raises Introuvable for everybody else."""
    visite.reserver("association")
    vu: dict[str, Any] = await visite.api.lire("dossiers", f"/dossiers/{dossier}", au_moins=au_moins)
    return vu


async def membres(visite: Visite) -> list[dict[str, Any]]:
    """The association's members, those who left included: what they did stays theirs."""
    return await visite.api.liste("partenaires", f"/organisations/{visite.personne.organisation}/membres")


def noms(les_membres: list[dict[str, Any]]) -> dict[str, str]:
    return {m["membre"]: m["nom"] for m in les_membres}


def referents(les_membres: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(member, name) of those who follow households today, by name."""
    actifs = [(m["membre"], m["nom"]) for m in les_membres if m["statut"] == "habilite" and "referent" in m["roles"]]
    return sorted(actifs, key=lambda choix: choix[1].lower())


def communs(vu: dict[str, Any]) -> dict[str, Any]:
    """What every page about one household shows."""
    return {
        "vu": vu,
        "nom": nom_complet(vu["identite"], vu["efface"]),
        "adresse": f"/dossiers/{vu['dossier']}",
        "ici": "/menages",
    }
