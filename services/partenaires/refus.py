"""What this service says when its rules say no: status, title, and a sentence that says what to do. Shared refusals are
in services/socle/web/messages.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.socle.web.messages import Motif

REFUS: Mapping[str, Motif] = {
    "code_inconnu": Motif(
        422, "Code inconnu", "Le champ « {champ} » cite un code que la liste « {liste} » ne propose pas aujourd'hui."
    ),
    # Organisations and members
    "nature_inconnue": Motif(422, "Nature inconnue", "Choisissez la nature de l'organisation parmi : {possibles}."),
    "organisation_deja_inscrite": Motif(
        409, "Organisation déjà inscrite", "Cette organisation est déjà inscrite : invitez-y ses membres."
    ),
    "organisation_autonome": Motif(
        403,
        "Organisation autonome",
        "Cette organisation a quelqu'un pour gérer ses membres : demandez-lui d'inviter et d'habiliter.",
    ),
    "membre_inconnu": Motif(
        404, "Membre introuvable", "Ce membre n'est pas de cette organisation : invitez-le d'abord."
    ),
    "membre_retire": Motif(409, "Membre retiré", "Ce membre a été retiré : invitez la personne à nouveau."),
    "roles_absents": Motif(422, "Rôle à choisir", "Donnez au moins un rôle, parmi : {possibles}."),
    "role_interdit": Motif(
        422,
        "Rôle d'une autre nature d'organisation",
        "Dans cette organisation, les rôles possibles sont : {possibles}.",
    ),
    "sujet_nominatif": Motif(
        422,
        "Sujet nominatif",
        "Le sujet ressemble à une adresse électronique : donnez l'identifiant opaque (« sub ») du jeton.",
    ),
    "sujet_deja_attribue": Motif(
        409,
        "Compte déjà rattaché",
        "Ce compte est déjà celui d'un autre membre : vérifiez le sujet, ou faites retirer ce membre d'abord.",
    ),
    "dernier_gestionnaire": Motif(
        409,
        "Dernière personne à gérer l'organisation",
        "Plus personne ne gérerait les membres de l'organisation : donnez d'abord ce rôle à quelqu'un d'autre.",
    ),
    "dernier_exploitant": Motif(
        409, "Dernier exploitant", "Il ne resterait aucun exploitant : habilitez-en d'abord un autre."
    ),
    # Dispositifs
    "dispositif_deja_ouvert": Motif(409, "Dispositif déjà ouvert", "Ce dispositif est déjà ouvert."),
    "dispositif_inconnu": Motif(
        422,
        "Dispositif inconnu",
        "Ce dispositif n'existe pas, ou votre organisation n'y a pas accès : vérifiez l'identifiant.",
    ),
    # Conventions
    "partie_etrangere": Motif(
        403,
        "Convention entre d'autres",
        "Une convention se propose par l'une de ses parties : votre organisation en est le bailleur ou l'association.",
    ),
    "partie_inconnue": Motif(
        422, "Partie inconnue", "Le champ « {partie} » ne désigne pas une organisation inscrite de cette nature."
    ),
    "convention_deja_proposee": Motif(409, "Convention déjà proposée", "Cette convention est déjà proposée."),
    "convention_sans_duree": Motif(
        422, "Dates inversées", "La fin ({fin}) doit venir après le début ({debut}) : corrigez l'une des deux."
    ),
    "convention_perimee": Motif(
        409, "Convention déjà finie", "La convention finit le {fin}, avant aujourd'hui : proposez-en une nouvelle."
    ),
    "signature_avant_proposition": Motif(
        409,
        "Signature trop ancienne",
        "La convention a été proposée le {proposition} : elle n'a pas pu être signée avant.",
    ),
    "convention_non_signee": Motif(
        409, "Signature manquante", "La convention attend encore la signature d'une des deux parties."
    ),
    "convention_pas_commencee": Motif(409, "Convention à venir", "La convention ne commence que le {debut}."),
    "convention_non_active": Motif(
        409, "Convention jamais active", "Une convention qui n'a pas été active ne peut pas échoir."
    ),
    "convention_en_cours": Motif(409, "Convention en cours", "La convention court jusqu'au {fin} inclus."),
    "convention_echue": Motif(
        409, "Convention échue", "La convention a pris fin le {fin} : son plan de financement ne change plus."
    ),
    # Funding
    "annee_hors_convention": Motif(
        422, "Année hors convention", "La convention va de {de} à {a} : choisissez une de ces années."
    ),
    "financeur_inconnu": Motif(
        422,
        "Financeur inconnu",
        "Une ligne désigne une organisation qui n'est pas inscrite ou ne peut pas financer : vérifiez l'identifiant.",
    ),
    "ligne_en_double": Motif(
        422, "Ligne en double", "Un financeur n'a qu'une ligne par source : additionnez les montants."
    ),
    "plan_sans_montant": Motif(422, "Plan sans montant", "Le total du plan est nul : saisissez au moins un montant."),
}
