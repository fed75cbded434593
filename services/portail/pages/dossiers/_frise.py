"""What happened in a dossier, told line by line to the association that follows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias, assert_never, get_args

from contracts import dossiers as d
from services.portail.libelles import jour, libelle

Fait: TypeAlias = (
    d.orientation.Event
    | d.adhesion.Event
    | d.equipe.Event
    | d.entretien.Event
    | d.contrat.Event
    | d.suivi.Event
    | d.rendez_vous.Event
    | d.notes.Event
    | d.vie_privee.Event
    | d.fin.Event
)
_FAITS: Mapping[str, type[Fait]] = {classe.__name__: classe for classe in get_args(Fait)}


class Ligne(NamedTuple):
    """One thing that happened. `par`: who recorded it, nobody when it is the calendar. `texte`: what they wrote."""

    le: Any
    titre: str
    detail: str
    texte: str
    par: str
    ton: str = ""


def _contact(dit: dict[str, Any]) -> str:
    return libelle(dit["support"], "support_contact")


def _joindre(*parties: str) -> str:
    return ", ".join(partie for partie in parties if partie)


def _besoins(dit: dict[str, Any]) -> str:
    """The interview's summary, then what was written beside each need."""
    precisions = [f"{libelle(b['theme'], 'themes')} : {b['precision']}" for b in dit["besoins"] if b.get("precision")]
    return "\n".join(text for text in (dit["synthese"], *precisions) if text)


_LE = {"menage": "le ménage", "association": "l’association", "bailleur": "le bailleur"}
_LUE_PAR = {"referent": "le référent", "equipe": "l’équipe"}


class Phrase(NamedTuple):
    """What is said of one event: what happened, more about it, what was written then."""

    titre: str
    detail: str = ""
    texte: str = ""


PLUS_RECENT = Phrase("Un fait que cette page ne sait pas encore raconter")
"""The service was updated before the pages."""


def raconter(classe: type[Fait], dit: dict[str, Any], noms: Mapping[str, str]) -> Phrase:
    """What is said of an event of this class with these details. By class: the timeline sends less than the whole event."""
    if issubclass(classe, d.MenageOriente):
        return Phrase("Ménage orienté vers vous", _joindre(*(libelle(m, "motif_orientation") for m in dit["motifs"])))
    if issubclass(classe, d.OrientationMiseALEtude):
        return Phrase("Orientation mise à l’étude", f"réponse avant le {jour(dit['reponse_avant'])}")
    if issubclass(classe, d.OrientationAcceptee):
        return Phrase("Orientation acceptée")
    if issubclass(classe, d.OrientationRefusee):
        return Phrase("Orientation refusée", libelle(dit["motif"], "motif_refus"), dit["precision"])
    if issubclass(classe, d.OrientationRetiree):
        return Phrase("Orientation retirée", libelle(dit["motif"], "motif_retrait"))
    if issubclass(classe, d.OrientationExpiree):
        return Phrase("Orientation restée sans réponse", f"il fallait répondre le {jour(dit['echeance'])}")
    if issubclass(classe, d.RencontreTenue):
        return Phrase("Rencontre avec le ménage", _contact(dit))
    if issubclass(classe, d.AdhesionRecueillie):
        return Phrase("Adhésion recueillie", _contact(dit))
    if issubclass(classe, d.AdhesionRefusee):
        return Phrase("Adhésion refusée par le ménage", libelle(dit["motif"], "motif_refus"), dit["precision"])
    if issubclass(classe, d.ReferentDesigne):
        return Phrase("Référent désigné", noms.get(dit["referent"], ""))
    if issubclass(classe, d.EntretienInitialTenu):
        return Phrase("Entretien initial", _contact(dit), _besoins(dit))
    if issubclass(classe, d.ContratPrepare):
        return Phrase("Contrat préparé", f"du {jour(dit['debut'])} au {jour(dit['fin'])}")
    if issubclass(classe, d.ContratSigne):
        return Phrase(
            f"Contrat signé par {_LE[dit['partie']]}",
            _joindre(
                libelle(dit["moyen"], "moyen_signature"), "toutes les parties ont signé" if dit["complet"] else ""
            ),
        )
    if issubclass(classe, d.SuiviReevalue):
        return Phrase(
            f"Point bimestriel nᵒ\N{NO-BREAK SPACE}{dit['numero']}",
            "" if dit["echeance"] else "en plus de ceux qui étaient prévus",
            dit["synthese"],
        )
    if issubclass(classe, d.ReevaluationEnRetard):
        return Phrase("Point bimestriel en retard", f"prévu le {jour(dit['echeance'])}")
    if issubclass(classe, d.ReevaluationEscaladee):
        return Phrase("Retard signalé à la coordination", f"prévu le {jour(dit['echeance'])}")
    if issubclass(classe, d.ReevaluationManquee):
        return Phrase("Point bimestriel non tenu", f"prévu le {jour(dit['echeance'])}")
    if issubclass(classe, d.RendezVousFixe):
        return Phrase("Rendez-vous fixé", f"{jour(dit['jour'])} à {dit['heure']}", _joindre(dit["lieu"], dit["objet"]))
    if issubclass(classe, d.RendezVousTenu):
        return Phrase("Rendez-vous tenu")
    if issubclass(classe, d.RendezVousAnnule):
        return Phrase("Rendez-vous annulé")
    if issubclass(classe, d.RendezVousManque):
        return Phrase("Rendez-vous manqué", libelle(dit["motif"], "motif_rendez_vous_manque"), dit["precision"])
    if issubclass(classe, d.NoteDeposee):
        return Phrase(
            "Note écrite",
            _joindre(
                libelle(dit["theme"], "themes"),
                f"lue par {_LUE_PAR[dit['niveau']]}" if dit["niveau"] in _LUE_PAR else "",
            ),
        )
    if issubclass(classe, d.ConsentementRecueilli):
        return Phrase("Accord donné", _joindre(libelle(dit["finalite"], "finalite_consentement"), _contact(dit)))
    if issubclass(classe, d.ConsentementRetire):
        return Phrase("Accord retiré", libelle(dit["finalite"], "finalite_consentement"))
    if issubclass(classe, d.DossierClos):
        return Phrase(
            "Accompagnement terminé",
            _joindre(libelle(dit["motif"], "motif_sortie"), libelle(dit["situation"], "situation_sortie")),
        )
    if issubclass(classe, d.DonneesEffacees):
        return Phrase("Données effacées")
    assert_never(classe)


_TONS = {
    **dict.fromkeys(("ReevaluationEnRetard", "ReevaluationEscaladee", "ReevaluationManquee"), "fin"),
    **dict.fromkeys(("OrientationRefusee", "OrientationRetiree", "OrientationExpiree", "AdhesionRefusee"), "fin"),
}


def lignes(faits: list[dict[str, Any]], noms: Mapping[str, str], organisations: Mapping[str, str]) -> list[Ligne]:
    """The timeline, latest first. `noms`: our members; of another organisation only its own name is said."""
    return [_ligne(fait, noms, organisations) for fait in reversed(faits)]


def _ligne(fait: dict[str, Any], noms: Mapping[str, str], organisations: Mapping[str, str]) -> Ligne:
    classe = _FAITS.get(fait["type"])
    titre, detail, texte = raconter(classe, fait["details"], noms) if classe else PLUS_RECENT
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
