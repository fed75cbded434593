"""What a message says, in French, and why it was sent: made when it is read, so that nothing but codes is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from contracts.codes import liste
from services.socle.web.problem import lisible

PHRASES: Mapping[str, str] = {
    "orientation_recue": "Un ménage vous est adressé : répondez avant la fin du {echeance}.",
    "orientation_a_repondre": "Une orientation attend toujours votre réponse : elle expire après le {echeance}.",
    "orientation_a_l_etude": "L'association étudie votre orientation : elle répondra au plus tard le {echeance}.",
    "orientation_acceptee": "L'association a accepté votre orientation.",
    "orientation_refusee": "Votre orientation a été refusée : le motif est dans le dossier.",
    "orientation_retiree": "Le bailleur a retiré son orientation : il n'y a plus à y répondre.",
    "orientation_expiree": "Une orientation a expiré : elle est restée sans réponse jusqu'au {echeance}.",
    "adhesion_refusee": "Le ménage ne sera pas accompagné : cette orientation est terminée.",
    "dossier_confie": "Un dossier vous est confié.",
    "contrat_a_signer": "Un contrat d'engagement, qui commence le {echeance}, attend votre signature.",
    "contrat_en_vigueur": "Le contrat est signé de tous ; la première réévaluation est prévue le {echeance}.",
    "reevaluation_dans_14_jours": "Dans deux semaines au plus : la réévaluation est prévue le {echeance}.",
    "reevaluation_dans_7_jours": "Dans une semaine au plus : la réévaluation est prévue le {echeance}.",
    "reevaluation_en_retard": "La réévaluation prévue le {echeance} est en retard : tenez-la dès que possible.",
    "reevaluation_escaladee": "La réévaluation prévue le {echeance} a quinze jours de retard : voyez avec le référent.",
    "reevaluation_manquee": "La réévaluation prévue le {echeance} n'a pas été tenue : elle compte comme manquée.",
    "suivi_reevalue": "Le suivi a été réévalué ; la prochaine réévaluation est prévue le {echeance}.",
    "synthese_partagee": "La synthèse partagée du suivi est dans le dossier ; prochaine réévaluation le {echeance}.",
    "dossier_clos": "Le dossier est clos.",
}

SANS_ECHEANCE: Mapping[str, str] = {
    "contrat_en_vigueur": "Le contrat est signé de tous ; il finit avant toute réévaluation.",
    "suivi_reevalue": "Le suivi a été réévalué ; le contrat finit avant une autre réévaluation.",
    "synthese_partagee": "La synthèse partagée du suivi est dans le dossier ; c'est la dernière de ce contrat.",
}
"""What is said instead when there is no date to give."""

RAISONS: Mapping[str, str] = {
    "referent": "Vous le recevez parce que vous êtes le référent de ce dossier.",
    "coordinateur": "Vous le recevez parce que vous coordonnez l'association à qui ce dossier est adressé.",
    "bailleur": "Vous le recevez parce que votre organisation est le bailleur de ce dossier.",
}


def phrase(objet: str, echeance: date | None) -> str:
    """The sentence of a message. An object this process does not know yet reads as its label."""
    modele = PHRASES.get(objet, liste("objet_message").libelle(objet))
    if echeance is None:
        return SANS_ECHEANCE.get(objet, modele)
    return modele.format(echeance=lisible(echeance))


def raison(role: str | None, membre: object) -> str:
    """Why it was sent, from whom it was addressed to."""
    if membre is not None:
        return RAISONS["referent"]
    return RAISONS["coordinateur"] if role is not None else RAISONS["bailleur"]
