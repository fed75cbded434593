"""What this service says when its rules say no: status, title, and a sentence that says what to do. Shared refusals are
in services/socle/web/messages.py.

403: another party or role may. 404: nothing to see. 409: not at this moment of this dossier. 422: wrong at any moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.socle.web.messages import Motif

REFUS: Mapping[str, Motif] = {
    # Who
    "reserve_au_bailleur": Motif(
        403, "Réservé au bailleur", "Seul le bailleur peut le faire à ce moment du dossier : demandez-le-lui."
    ),
    "reserve_a_l_association": Motif(
        403, "Réservé à l'association", "Seule l'association peut le faire à ce moment du dossier : demandez-le-lui."
    ),
    "pour_un_bailleur": Motif(
        403, "Réservé aux bailleurs", "Cette liste est celle d'un bailleur : votre organisation n'en est pas un."
    ),
    "pour_une_association": Motif(
        403,
        "Réservé aux associations",
        "Cette liste est celle d'une association : votre organisation n'en est pas une.",
    ),
    "pour_qui_accompagne": Motif(
        403,
        "Réservé à qui accompagne",
        "Seuls un bailleur et une association ont des dossiers : votre organisation n'en a pas à chercher.",
    ),
    # What was typed
    "recherche_trop_courte": Motif(
        422,
        "Recherche trop courte",
        "Tapez au moins deux lettres d'un nom, d'un prénom ou d'une commune, ou une date de naissance (jj/mm/aaaa).",
    ),
    "code_inconnu": Motif(
        422, "Code inconnu", "Le champ « {champ} » cite un code que la liste « {liste} » ne propose pas aujourd'hui."
    ),
    "en_double": Motif(422, "Élément en double", "Dans « {champ} », le même élément figure deux fois : retirez-en un."),
    "precision_requise": Motif(
        422, "Précision attendue", "Avec le motif « autre », expliquez en quelques mots dans le champ « {champ} »."
    ),
    "date_anterieure": Motif(
        409,
        "Date trop ancienne",
        "Dans « {champ} », la date ne peut pas précéder le {depuis} : corrigez-la.",
    ),
    "date_trop_lointaine": Motif(
        422, "Date trop lointaine", "Dans « {champ} », la date dépasse dix ans : vérifiez l'année."
    ),
    # Repérage, orientation
    "menage_deja_repere": Motif(
        409, "Ménage déjà repéré", "Ce dossier est déjà ouvert : poursuivez-le, ou prenez un autre identifiant."
    ),
    "consentement_absent": Motif(
        409,
        "Accord du ménage absent",
        "Recueillez l'accord du ménage pour la transmission avant de l'orienter vers une association.",
    ),
    "association_differente": Motif(
        409,
        "Dossier lié à une autre association",
        "Ce dossier a déjà été adressé à une association : ouvrez-en un nouveau pour vous adresser à une autre.",
    ),
    "convention_inconnue": Motif(
        409, "Convention inconnue", "Aucune convention en vigueur ne porte cet identifiant : choisissez-en une autre."
    ),
    "convention_autre_bailleur": Motif(
        409, "Convention d'un autre bailleur", "Cette convention n'est pas la vôtre : citez l'une de vos conventions."
    ),
    "convention_autre_association": Motif(
        409,
        "Convention d'une autre association",
        "Cette convention ne lie pas l'association choisie : corrigez l'une ou l'autre.",
    ),
    "convention_autre_dispositif": Motif(
        409,
        "Convention d'un autre dispositif",
        "Cette convention ne porte pas sur le dispositif choisi : corrigez l'un ou l'autre.",
    ),
    "convention_inactive": Motif(
        409,
        "Convention pas encore active",
        "Cette convention n'a pas commencé (début prévu le {debut}) ou n'est pas signée des deux parties.",
    ),
    "convention_echue": Motif(
        409, "Convention échue", "Cette convention a pris fin le {fin} : citez une convention en cours."
    ),
    "capacite_atteinte": Motif(
        409, "Plus de place", "Toutes les places de la convention sont prises ({places}) : attendez qu'une se libère."
    ),
    "orientation_deja_ouverte": Motif(
        409,
        "Orientation déjà ouverte",
        "Une orientation est en cours pour ce ménage : attendez son issue ou retirez-la.",
    ),
    "orientation_absente": Motif(
        409,
        "Pas d'orientation en cours",
        "Aucune orientation n'est ouverte dans ce dossier : orientez d'abord le ménage.",
    ),
    "orientation_deja_acceptee": Motif(
        409, "Orientation déjà acceptée", "L'association a déjà accepté : pour y mettre fin, elle clôt le dossier."
    ),
    "orientation_refusee": Motif(
        409, "Orientation refusée", "Cette orientation a été refusée : elle ne se traite plus."
    ),
    "orientation_retiree": Motif(
        409, "Orientation retirée", "Cette orientation a été retirée : elle ne se traite plus."
    ),
    "orientation_expiree": Motif(
        409,
        "Orientation expirée",
        "Le délai de réponse est passé et l'orientation a expiré : le bailleur peut orienter le ménage à nouveau.",
    ),
    "delai_depasse": Motif(
        409,
        "Délai de réponse dépassé",
        "Il fallait répondre avant la fin du {reponse_avant} : le bailleur pourra orienter le ménage à nouveau.",
    ),
    "etude_deja_demandee": Motif(
        409, "Étude déjà demandée", "Le délai n'est prolongé qu'une fois : répondez avant la fin du {reponse_avant}."
    ),
    "orientation_non_acceptee": Motif(409, "Orientation non acceptée", "Acceptez d'abord l'orientation de ce ménage."),
    # Adhésion, équipe, entretien, notes
    "adhesion_refusee": Motif(
        409, "Adhésion refusée", "Le ménage n'a pas souhaité être accompagné : cette orientation est terminée."
    ),
    "adhesion_deja_recueillie": Motif(
        409, "Adhésion déjà recueillie", "Le ménage a adhéré : s'il ne veut plus être accompagné, clôturez le dossier."
    ),
    "adhesion_absente": Motif(409, "Adhésion absente", "Recueillez d'abord l'adhésion du ménage."),
    "referent_inconnu": Motif(
        409,
        "Référent inconnu",
        "Cette personne ne suit pas de ménages dans votre association : choisissez-en une autre.",
    ),
    "entretien_deja_tenu": Motif(
        409,
        "Entretien déjà enregistré",
        "L'entretien initial est enregistré : ce qui a changé depuis se note à la réévaluation.",
    ),
    "entretien_absent": Motif(
        409,
        "Entretien initial absent",
        "Ce dispositif demande un entretien initial avant le contrat : tenez-le d'abord.",
    ),
    "note_deja_deposee": Motif(
        409, "Note déjà déposée", "Une note porte déjà cet identifiant : prenez-en un nouveau pour chaque note."
    ),
    # Contrat
    "contrat_sans_duree": Motif(422, "Contrat sans durée", "La fin du contrat doit suivre son début."),
    "objectif_absent": Motif(422, "Objectif absent", "Fixez au moins un objectif."),
    "calendrier_vide": Motif(422, "Calendrier vide", "Prévoyez au moins une date au calendrier."),
    "hors_contrat": Motif(
        422,
        "Date hors du contrat",
        "Le calendrier et les termes des objectifs se placent entre le {debut} et le {fin}.",
    ),
    "contrat_en_cours": Motif(
        409, "Contrat en cours", "Un contrat court jusqu'au {fin} : le suivant se prépare une fois celui-ci échu."
    ),
    "signature_commencee": Motif(
        409, "Signature commencée", "Une partie a déjà signé ce contrat : recueillez les autres signatures."
    ),
    "contrat_deja_signe": Motif(
        409, "Contrat déjà signé", "Cet identifiant est celui d'un contrat signé : prenez-en un nouveau."
    ),
    "contrat_absent": Motif(409, "Pas de contrat", "Préparez le contrat et recueillez toutes ses signatures d'abord."),
    "contrat_remplace": Motif(
        409, "Contrat remplacé", "Ce contrat a été préparé à nouveau entre-temps : relisez-le avant de signer."
    ),
    "deja_signe": Motif(409, "Déjà signé", "Cette partie a déjà signé ce contrat."),
    "contrat_echu": Motif(409, "Contrat échu", "Le contrat a pris fin le {fin} : préparez-en un nouveau."),
    # Suivi
    "score_manquant": Motif(422, "Score manquant", "Donnez un score à chaque thème suivi ; il manque : {themes}."),
    "objectif_inconnu": Motif(
        422, "Objectif inconnu", "Ces objectifs ne sont pas au contrat : {objectifs}. Retirez-les."
    ),
    "progression_manquante": Motif(
        422, "Progression manquante", "Dites où en est chaque objectif du contrat ; il manque : {objectifs}."
    ),
    "pas_encore_du": Motif(409, "Pas encore dû", "Ce constat ne sera vrai qu'à partir du {a_partir_du}."),
    # Fin, vie privée
    "dossier_clos": Motif(409, "Dossier clos", "Ce dossier est clos : on ne peut plus que faire effacer ses données."),
    "dossier_ouvert": Motif(
        409,
        "Dossier en cours",
        "L'accompagnement est en cours : retirez l'orientation ou clôturez le dossier avant d'effacer les données.",
    ),
}
