"""What happened in a dossier, told line by line to the association that follows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from services.portail.libelles import jour, libelle


class Ligne(NamedTuple):
    """One thing that happened. `par`: who recorded it, nobody when it is the calendar. `texte`: what they wrote."""

    le: Any
    titre: str
    detail: str
    texte: str
    par: str
    ton: str = ""


def _contact(d: dict[str, Any]) -> str:
    return libelle(d["support"], "support_contact")


def _phrase(*parties: str) -> str:
    return ", ".join(partie for partie in parties if partie)


def _besoins(d: dict[str, Any]) -> str:
    """The interview's summary, then what was written beside each need."""
    precisions = [f"{libelle(b['theme'], 'themes')} : {b['precision']}" for b in d["besoins"] if b.get("precision")]
    return "\n".join(text for text in (d["synthese"], *precisions) if text)


_LE = {"menage": "le ménage", "association": "l’association", "bailleur": "le bailleur"}
_LUE_PAR = {"referent": "le référent", "equipe": "l’équipe"}

_DIRE: Mapping[str, Callable[[dict[str, Any]], tuple[str, str, str]]] = {
    "MenageOriente": lambda d: (
        "Ménage orienté vers vous",
        _phrase(*(libelle(m, "motif_orientation") for m in d["motifs"])),
        "",
    ),
    "OrientationMiseALEtude": lambda d: ("Orientation mise à l’étude", f"réponse avant le {jour(d['reponse_avant'])}", ""),
    "OrientationAcceptee": lambda d: ("Orientation acceptée", "", ""),
    "OrientationRefusee": lambda d: ("Orientation refusée", libelle(d["motif"], "motif_refus"), d["precision"]),
    "OrientationRetiree": lambda d: ("Orientation retirée", libelle(d["motif"], "motif_retrait"), ""),
    "OrientationExpiree": lambda d: ("Orientation restée sans réponse", f"il fallait répondre le {jour(d['echeance'])}", ""),
    "RencontreTenue": lambda d: ("Rencontre avec le ménage", _contact(d), ""),
    "AdhesionRecueillie": lambda d: ("Adhésion recueillie", _contact(d), ""),
    "AdhesionRefusee": lambda d: ("Adhésion refusée par le ménage", libelle(d["motif"], "motif_refus"), d["precision"]),
    "EntretienInitialTenu": lambda d: ("Entretien initial", _contact(d), _besoins(d)),
    "ContratPrepare": lambda d: ("Contrat préparé", f"du {jour(d['debut'])} au {jour(d['fin'])}", ""),
    "ContratSigne": lambda d: (
        f"Contrat signé par {_LE[d['partie']]}",
        _phrase(libelle(d["moyen"], "moyen_signature"), "toutes les parties ont signé" if d["complet"] else ""),
        "",
    ),
    "SuiviReevalue": lambda d: (
        f"Point bimestriel nᵒ\N{NO-BREAK SPACE}{d['numero']}",
        "" if d["echeance"] else "en plus de ceux qui étaient prévus",
        d["synthese"],
    ),
    "ReevaluationEnRetard": lambda d: ("Point bimestriel en retard", f"prévu le {jour(d['echeance'])}", ""),
    "ReevaluationEscaladee": lambda d: ("Retard signalé à la coordination", f"prévu le {jour(d['echeance'])}", ""),
    "ReevaluationManquee": lambda d: ("Point bimestriel non tenu", f"prévu le {jour(d['echeance'])}", ""),
    "NoteDeposee": lambda d: (
        "Note écrite",
        _phrase(libelle(d["theme"], "themes"), f"lue par {_LUE_PAR[d['niveau']]}" if d["niveau"] in _LUE_PAR else ""),
        "",
    ),
    "ConsentementRecueilli": lambda d: (
        "Accord donné",
        _phrase(libelle(d["finalite"], "finalite_consentement"), _contact(d)),
        "",
    ),
    "ConsentementRetire": lambda d: ("Accord retiré", libelle(d["finalite"], "finalite_consentement"), ""),
    "DossierClos": lambda d: (
        "Accompagnement terminé",
        _phrase(libelle(d["motif"], "motif_sortie"), libelle(d["situation"], "situation_sortie")),
        "",
    ),
    "DonneesEffacees": lambda d: ("Données effacées", "", ""),
}  # fmt: skip
"""Event → title, detail, text."""

_TONS = {
    **dict.fromkeys(("ReevaluationEnRetard", "ReevaluationEscaladee", "ReevaluationManquee"), "fin"),
    **dict.fromkeys(("OrientationRefusee", "OrientationRetiree", "OrientationExpiree", "AdhesionRefusee"), "fin"),
}


def lignes(faits: list[dict[str, Any]], noms: Mapping[str, str], organisations: Mapping[str, str]) -> list[Ligne]:
    """The timeline, latest first. `noms`: our members; of another organisation only its own name is said."""
    return [_ligne(fait, noms, organisations) for fait in reversed(faits)]


def _ligne(fait: dict[str, Any], noms: Mapping[str, str], organisations: Mapping[str, str]) -> Ligne:
    details = fait["details"]
    if fait["type"] == "ReferentDesigne":
        titre, detail, texte = "Référent désigné", noms.get(details["referent"], ""), ""
    elif dire := _DIRE.get(fait["type"]):
        titre, detail, texte = dire(details)
    else:
        titre, detail, texte = fait["type"], "", ""
    par = noms.get(fait["auteur"]) or organisations.get(fait["organisation"], "")
    return Ligne(fait["le"], titre, detail, texte or "", par, _TONS.get(fait["type"], "faite"))


class Releve(NamedTuple):
    """The scores given one day. `scores`: theme → 1 to 5."""

    le: Any
    titre: str
    scores: dict[str, int]


def releves(faits: list[dict[str, Any]]) -> list[Releve]:
    """The initial interview's scores and each review's, oldest first."""
    found = []
    for fait in faits:
        details = fait["details"]
        if fait["type"] == "EntretienInitialTenu":
            found.append(Releve(fait["le"], "Entretien initial", {b["theme"]: b["score"] for b in details["besoins"]}))
        elif fait["type"] == "SuiviReevalue":
            found.append(Releve(fait["le"], "Point", {s["theme"]: s["score"] for s in details["scores"]}))
    return found


def organisations(conventions: list[dict[str, Any]]) -> dict[str, str]:
    """The names of the landlords worked with."""
    return {c["bailleur"]: c["bailleur_nom"] for c in conventions}
