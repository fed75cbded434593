"""Gestures on a household's dossier, in the order of its life. What a caller does not say is plausible, and about nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from contracts import dossiers as d
from jeu.gens import LOGEMENT, TEXTES, TROIS
from jeu.geste import Geste

Id = UUID | str

CONDITIONS = d.Conditions()


class Accord(Struct, frozen=True):
    """What a household is oriented under: the association's id, its dispositif's, their convention's."""

    association: Id
    dispositif: Id
    convention: Id


# The landlord spots, meets, and asks


def reperer(
    menage: Id,
    identite: d.Identite,
    composition: d.Composition = TROIS,
    logement: d.Logement = LOGEMENT,
    publics: Iterable[str] = ("locataire_en_difficulte",),
) -> Geste[d.MenageRepere]:
    dit = {
        "menage": menage,
        "identite": identite,
        "composition": composition,
        "logement": logement,
        "publics": tuple(publics),
    }
    return Geste("reperer", dit, d.MenageRepere)


def poser_diagnostic(motifs: Iterable[str] = ("impayes",), constat: str = TEXTES["constat"]) -> Geste[d.DiagnosticPose]:
    return Geste("poser-diagnostic", {"motifs": tuple(motifs), "constat": constat}, d.DiagnosticPose)


def tenir_rencontre(support: str = "visite_domicile") -> Geste[d.RencontreTenue]:
    return Geste("tenir-rencontre", {"support": support}, d.RencontreTenue)


def recueillir_consentement(
    finalite: str = "transmission", support: str = "rendez_vous_bureau"
) -> Geste[d.ConsentementRecueilli]:
    return Geste("recueillir-consentement", {"finalite": finalite, "support": support}, d.ConsentementRecueilli)


def retirer_consentement(finalite: str = "transmission") -> Geste[d.ConsentementRetire]:
    return Geste("retirer-consentement", {"finalite": finalite}, d.ConsentementRetire)


def orienter(
    accord: Accord, motifs: Iterable[str] = ("impayes",), expose: str = TEXTES["expose"]
) -> Geste[d.MenageOriente]:
    dit = {
        "association": accord.association,
        "dispositif": accord.dispositif,
        "convention": accord.convention,
        "motifs": tuple(motifs),
        "expose": expose,
    }
    return Geste("orienter", dit, d.MenageOriente)


def retirer_orientation(motif: str = "situation_resolue") -> Geste[d.OrientationRetiree]:
    return Geste("retirer-orientation", {"motif": motif}, d.OrientationRetiree)


# The association answers


def mettre_a_l_etude() -> Geste[d.OrientationMiseALEtude]:
    return Geste("mettre-a-l-etude", {}, d.OrientationMiseALEtude)


def accepter() -> Geste[d.OrientationAcceptee]:
    return Geste("accepter-orientation", {}, d.OrientationAcceptee)


def refuser(
    motif: str, auteur: str = "association", etape: str = "proposition", precision: str = ""
) -> Geste[d.OrientationRefusee]:
    dit = {"auteur": auteur, "etape": etape, "motif": motif, "precision": precision}
    return Geste("refuser-orientation", dit, d.OrientationRefusee)


def designer_referent(referent: Id) -> Geste[d.ReferentDesigne]:
    return Geste("designer-referent", {"referent": referent}, d.ReferentDesigne)


# The référent and the household


def recueillir_adhesion(support: str = "visite_domicile") -> Geste[d.AdhesionRecueillie]:
    return Geste("recueillir-adhesion", {"support": support}, d.AdhesionRecueillie)


def refuser_adhesion(motif: str = "non_adhesion", precision: str = "") -> Geste[d.AdhesionRefusee]:
    return Geste("refuser-adhesion", {"motif": motif, "precision": precision}, d.AdhesionRefusee)


def tenir_entretien(
    besoins: Iterable[d.Besoin], synthese: str = "", support: str = "visite_domicile"
) -> Geste[d.EntretienInitialTenu]:
    dit = {"besoins": tuple(besoins), "synthese": synthese, "support": support}
    return Geste("tenir-entretien-initial", dit, d.EntretienInitialTenu)


def preparer_contrat(
    contrat: Id,
    debut: date,
    fin: date,
    objectifs: Iterable[d.Objectif],
    engagements: Iterable[d.Engagement] = (),
    calendrier: Iterable[date] = (),
) -> Geste[d.ContratPrepare]:
    dit = {
        "contrat": contrat,
        "debut": debut,
        "fin": fin,
        "objectifs": tuple(objectifs),
        "engagements": tuple(engagements),
        "calendrier": tuple(calendrier),
    }
    return Geste("preparer-contrat", dit, d.ContratPrepare)


def signer_contrat(contrat: Id, partie: str, moyen: str = "papier") -> Geste[d.ContratSigne]:
    return Geste("signer-contrat", {"contrat": contrat, "partie": partie, "moyen": moyen}, d.ContratSigne)


def reevaluer(
    scores: Iterable[d.Score], progressions: Iterable[d.Progression] = (), synthese: str = ""
) -> Geste[d.SuiviReevalue]:
    dit = {"scores": tuple(scores), "progressions": tuple(progressions), "synthese": synthese}
    return Geste("reevaluer", dit, d.SuiviReevalue)


def fixer_rendez_vous(
    rendez_vous: Id,
    jour: date,
    heure: str = "14:30",
    avec: Iterable[str] = ("menage",),
    lieu: str = "À la permanence",
    objet: str = "",
) -> Geste[d.RendezVousFixe]:
    dit = {"rendez_vous": rendez_vous, "jour": jour, "heure": heure, "lieu": lieu, "avec": tuple(avec), "objet": objet}
    return Geste("fixer-rendez-vous", dit, d.RendezVousFixe)


def tenir_rendez_vous(rendez_vous: Id) -> Geste[d.RendezVousTenu]:
    return Geste("tenir-rendez-vous", {"rendez_vous": rendez_vous}, d.RendezVousTenu)


def manquer_rendez_vous(
    rendez_vous: Id, motif: str = "absent_sans_prevenir", precision: str = ""
) -> Geste[d.RendezVousManque]:
    dit = {"rendez_vous": rendez_vous, "motif": motif, "precision": precision}
    return Geste("manquer-rendez-vous", dit, d.RendezVousManque)


def annuler_rendez_vous(rendez_vous: Id) -> Geste[d.RendezVousAnnule]:
    return Geste("annuler-rendez-vous", {"rendez_vous": rendez_vous}, d.RendezVousAnnule)


def deposer_note(note: Id, niveau: str, texte: str, theme: str | None = None) -> Geste[d.NoteDeposee]:
    return Geste("deposer-note", {"note": note, "niveau": niveau, "theme": theme, "texte": texte}, d.NoteDeposee)


# The end


def clore(
    motif: str = "objectifs_atteints", situation: str = "maintien_logement", precision: str = ""
) -> Geste[d.DossierClos]:
    return Geste("clore", {"motif": motif, "situation": situation, "precision": precision}, d.DossierClos)


def effacer_donnees() -> Geste[d.DonneesEffacees]:
    return Geste("effacer-donnees", {}, d.DonneesEffacees)


# The clock


def expirer_orientation() -> Geste[d.OrientationExpiree]:
    return Geste("expirer-orientation", {}, d.OrientationExpiree)


def constater_retard(echeance: date) -> Geste[d.ReevaluationEnRetard]:
    return Geste("constater-retard", {"echeance": echeance}, d.ReevaluationEnRetard)


def constater_escalade(echeance: date) -> Geste[d.ReevaluationEscaladee]:
    return Geste("constater-escalade", {"echeance": echeance}, d.ReevaluationEscaladee)


def constater_manquee(echeance: date) -> Geste[d.ReevaluationManquee]:
    return Geste("constater-manquee", {"echeance": echeance}, d.ReevaluationManquee)


# Facts that hold more than was said


def oriente(
    repere: d.MenageRepere,
    geste: Geste[d.MenageOriente],
    le: date,
    reponse_avant: date | None = None,
    conditions: d.Conditions = CONDITIONS,
) -> d.MenageOriente:
    """What an orientation leaves: it carries all that the landlord knows of the household. Without `reponse_avant`, the
    association has what `conditions` give it."""
    return geste.laisse(
        le,
        menage=repere.menage,
        bailleur=repere.bailleur,
        identite=repere.identite,
        composition=repere.composition,
        logement=repere.logement,
        publics=repere.publics,
        conditions=conditions,
        reponse_avant=reponse_avant or le + timedelta(days=conditions.delai_reponse_jours),
    )


PARTIES = ("menage", "association", "bailleur")
"""In the order in which they sign here."""


def signe(
    prepare: d.ContratPrepare,
    partie: str,
    le: date,
    complet: bool = False,
    prochaine: date | None = None,
    constats: d.Constats | None = None,
) -> d.ContratSigne:
    """What a party's signature leaves; the last (`complet`) puts the contract in force and gives the first review its date."""
    return signer_contrat(prepare.contrat, partie).laisse(
        le,
        complet=complet,
        debut=prepare.debut,
        fin=prepare.fin,
        prochaine_echeance=prochaine,
        constats=constats,
    )


def signatures(
    prepare: d.ContratPrepare, le: date, prochaine: date | None, constats: d.Constats | None = None
) -> tuple[d.ContratSigne, ...]:
    """All three on one day."""
    *avant, dernier = PARTIES
    return (*(signe(prepare, partie, le) for partie in avant), signe(prepare, dernier, le, True, prochaine, constats))
