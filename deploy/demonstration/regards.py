"""What each actor sees of a household, each asked for with its own account, and put side by side: one line per kind of
information, one column per actor. What an actor's view does not hold stays empty; nothing is hidden here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from msgspec import Struct

from contracts import flux as f
from contracts.codes import liste

Vue: TypeAlias = Mapping[str, Any]
"""A dossier as a service shows it to somebody, in JSON."""


class Ligne(Struct, frozen=True):
    """One kind of information, as each of the three sees it; empty when it does not."""

    quoi: str
    bailleur: str = ""
    association: str = ""
    financeur: str = ""


ETAPES = {
    "reperee": "repéré",
    "orientee": "orienté, réponse attendue",
    "a_l_etude": "orienté, à l'étude",
    "acceptee": "accepté",
    "adhesion": "adhésion recueillie",
    "entretien": "entretien initial tenu",
    "sous_contrat": "sous contrat",
    "refusee": "orientation refusée",
    "retiree": "orientation retirée",
    "expiree": "orientation expirée",
    "adhesion_refusee": "adhésion refusée",
    "clos": "clos",
}
SUIVI = {"a_jour": "à jour", "en_retard": "en retard", "escaladee": "en retard de 15 jours", "manquee": "une manquée"}


def lignes(bailleur: Vue, association: Vue, notes: Sequence[Vue], flux: Sequence[f.FaitDeMenage]) -> list[Ligne]:
    """The household as the three see it. `flux`: the facts of its pseudonym, in their order."""
    oriente = next(fait for fait in flux if isinstance(fait, f.FluxMenageOriente))
    return [
        Ligne("Qui", _identite(bailleur), _identite(association), f"pseudonyme {oriente.pseudonyme[:8]}…"),
        Ligne("Foyer", _foyer(bailleur), _foyer(association), _type(oriente.type_menage, oriente.tranche_age)),
        Ligne("Logement", _logement(bailleur), _logement(association), _commune(oriente.commune, oriente.qpv)),
        Ligne(
            "Pourquoi",
            _motifs(bailleur["motifs"], bailleur["expose"]),
            _motifs(association["motifs"], association["expose"]),
            _motifs(oriente.motifs),
        ),
        Ligne("Étape", _etape(bailleur), _etape(association), _dernier(flux)),
        Ligne("Contrat", _contrat(bailleur), _contrat(association), _contrat_du_flux(flux)),
        Ligne("Engagement du bailleur", _engagement(bailleur), _engagement(association)),
        Ligne("Objectifs", "", _objectifs(association), _objectifs_du_flux(flux)),
        Ligne("Besoins", "", _scores(association), _besoins_du_flux(flux)),
        Ligne("Notes", "", "\n".join(f"« {note['texte']} »" for note in notes)),
        Ligne("Synthèse partagée", _citation(bailleur["synthese"]), _citation(association["synthese"])),
        Ligne("Réévaluations", _reevaluations(bailleur), _reevaluations(association), _reevaluations_du_flux(flux)),
        Ligne("Prochaine réévaluation", _prochaine(bailleur), _prochaine(association)),
    ]


def changees(avant: Sequence[Ligne], apres: Sequence[Ligne]) -> list[Ligne]:
    """The lines that say something else than before."""
    return [ligne for ligne in apres if ligne not in avant]


def jour(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}" if iso else ""


def semaine(code: str) -> str:
    """2026-W06 as people say it."""
    annee, numero = code.split("-W")
    return f"semaine {int(numero)} de {annee}"


def libelle(nom: str, code: str) -> str:
    return liste(nom).libelle(code)


def nom(vue: Vue) -> str:
    """Whom a view is about: a name, or that it was erased."""
    identite = vue["identite"]
    if vue["efface"]:
        return "(effacé)"
    return f"{identite['nom']} {identite['prenom']}" if identite else "(identité non conservée)"


def _identite(vue: Vue) -> str:
    if not vue["identite"]:
        return nom(vue)
    return "\n".join((nom(vue), vue["identite"]["telephone"], vue["identite"]["adresse"]))


def _foyer(vue: Vue) -> str:
    foyer = vue["composition"]
    if not foyer:
        return ""
    return f"{_pluriel(foyer['adultes'], 'adulte')}, {_pluriel(foyer['enfants'], 'enfant')}"


def _type(type_menage: str, tranche_age: str) -> str:
    return f"{libelle('type_menage', type_menage)}, {libelle('tranche_age', tranche_age)}"


def _logement(vue: Vue) -> str:
    logement = vue["logement"]
    if not logement:
        return ""
    typologie = libelle("typologie_logement", logement["typologie"]) + ", " if logement["typologie"] else ""
    return typologie + _commune(logement["commune"], logement["qpv"])


def _commune(commune: str, qpv: bool) -> str:
    return f"commune {commune}, {'en' if qpv else 'hors'} quartier prioritaire"


def _motifs(codes: Sequence[str], expose: str | None = None) -> str:
    motifs = enumerer([libelle("motif_orientation", code) for code in codes])
    return f"{motifs}\n« {expose} »" if expose else motifs


def enumerer(libelles: Sequence[str]) -> str:
    """Labels as one sentence: the first keeps its capital."""
    return ", ".join(texte if rang == 0 else minuscule(texte) for rang, texte in enumerate(libelles))


def minuscule(texte: str) -> str:
    return texte[:1].lower() + texte[1:]


def _etape(vue: Vue) -> str:
    return f"{ETAPES[vue['etape']]} depuis le {jour(vue['etape_depuis'])}"


def _dernier(flux: Sequence[f.FaitDeMenage]) -> str:
    return f"{en_clair(flux[-1])}, {semaine(flux[-1].semaine)}"


def en_clair(fait: f.Event) -> str:
    """A fact's name as people say it: OrientationMiseÀLÉtude is « orientation mise à l'étude »."""
    mots = re.findall(r"[A-ZÀ-Ý][a-zà-ÿ]*", type(fait).titre.removesuffix(" (flux)"))
    return " ".join(mots).lower().replace(" l ", " l'")


def _contrat(vue: Vue) -> str:
    contrat = vue["contrat"]
    if not contrat:
        return ""
    par_jour: dict[str, list[str]] = {}
    for signature in contrat["signatures"]:
        par_jour.setdefault(signature["le"], []).append(minuscule(libelle("partie", signature["partie"])))
    signatures = [f"{' et '.join(qui)} le {jour(le)}" for le, qui in par_jour.items()]
    return f"du {jour(contrat['debut'])} au {jour(contrat['fin'])}\nsigné par {', '.join(signatures)}"


def _contrat_du_flux(flux: Sequence[f.FaitDeMenage]) -> str:
    signe = next((fait for fait in flux if isinstance(fait, f.FluxContratSigne)), None)
    return f"signé, {semaine(signe.semaine)}\nfinit {semaine(signe.semaine_fin)}" if signe else ""


def _engagement(vue: Vue) -> str:
    engagements = vue["contrat"]["engagements"] if vue["contrat"] else []
    return "\n".join(e["texte"] for e in engagements if e.get("partie", "bailleur") == "bailleur")


def _objectifs(vue: Vue) -> str:
    if not vue["contrat"]:
        return ""
    avancements = {p["objectif"]: f" : {p['avancement']} %" for p in vue["progressions"] or ()}
    return "\n".join(
        o["intitule"].rstrip(".") + avancements.get(o["objectif"], "") for o in vue["contrat"]["objectifs"]
    )


def _objectifs_du_flux(flux: Sequence[f.FaitDeMenage]) -> str:
    revue = next((fait for fait in reversed(flux) if isinstance(fait, f.FluxSuiviReevalue)), None)
    return f"{revue.nombre_d_objectifs_atteints} atteints sur {revue.nombre_d_objectifs}" if revue else ""


def _scores(vue: Vue) -> str:
    """Each theme's score, after the one it had at the interview when it has moved."""
    depart = {b["theme"]: b["score"] for b in vue["themes"] or ()}
    suite = []
    for score in vue["scores"] or ():
        avant = depart.get(score["theme"])
        de = f"{avant} → " if avant not in (None, score["score"]) else ""
        suite.append(f"{libelle('themes', score['theme'])} : {de}{score['score']}")
    return "\n".join(suite)


def _besoins_du_flux(flux: Sequence[f.FaitDeMenage]) -> str:
    entretien = next((fait for fait in flux if isinstance(fait, f.FluxEntretienInitialTenu)), None)
    return f"{_pluriel(entretien.nombre_de_besoins, 'besoin')} à l'entretien" if entretien else ""


def _citation(texte: str | None) -> str:
    return f"« {texte} »" if texte else ""


def _reevaluations(vue: Vue) -> str:
    if not vue["reevaluations"]:
        return ""
    return ", ".join([_pluriel(vue["reevaluations"], "tenue"), *([SUIVI[vue["suivi"]]] if vue["suivi"] else [])])


def _reevaluations_du_flux(flux: Sequence[f.FaitDeMenage]) -> str:
    tenues = [fait for fait in flux if isinstance(fait, f.FluxSuiviReevalue)]
    return f"{_pluriel(len(tenues), 'tenue')}, la dernière {semaine(tenues[-1].semaine)}" if tenues else ""


def _prochaine(vue: Vue) -> str:
    if vue["prochaine_echeance"]:
        return f"le {jour(vue['prochaine_echeance'])}"
    return "aucune avant la fin du contrat" if vue["etape"] == "sous_contrat" else ""


def _pluriel(nombre: int, mot: str) -> str:
    return f"{nombre or 'aucun'} {mot}{'s' if nombre > 1 else ''}"
