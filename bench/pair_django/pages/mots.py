"""What the lists say."""

from __future__ import annotations

ETATS = {
    "bailleur.reperee": ("À orienter", "moi"),
    "bailleur.orientee": ("Réponse attendue", "autre"),
    "bailleur.a_l_etude": ("À l’étude", "autre"),
    "bailleur.refusee": ("Refusée", "mal"),
    "bailleur.expiree": ("Sans réponse", "mal"),
    "bailleur.retiree": ("Retirée", ""),
    "bailleur.acceptee": ("Acceptée", "autre"),
    "bailleur.adhesion": ("Adhésion recueillie", "autre"),
    "bailleur.adhesion_refusee": ("Adhésion refusée", ""),
    "bailleur.sous_contrat": ("Accompagné", "bien"),
    "bailleur.clos": ("Terminé", ""),
    "orientee": ("Réponse à donner", "moi"),
    "a_l_etude": ("À l’étude", "moi"),
    "refusee": ("Refusée", ""),
    "expiree": ("Restée sans réponse", "mal"),
    "retiree": ("Retirée par le bailleur", ""),
    "acceptee": ("Acceptée", "autre"),
    "adhesion": ("Adhésion recueillie", "autre"),
    "adhesion_refusee": ("Adhésion refusée", ""),
    "entretien": ("Entretien tenu", "autre"),
    "sous_contrat": ("Accompagné", "bien"),
    "clos": ("Terminé", ""),
}
"""Stage (the landlord's under « bailleur. ») → label, tone."""

GROUPES_BAILLEUR = {
    "a-orienter": ("À orienter", ("reperee",), "moi"),
    "en-attente": ("Réponse attendue", ("orientee", "a_l_etude"), ""),
    "sans-suite": ("Refusées ou sans réponse", ("refusee", "expiree"), "mal"),
    "accompagnes": ("Accompagnés", ("acceptee", "adhesion", "sous_contrat"), ""),
    "termines": ("Terminés", ("retiree", "adhesion_refusee", "clos"), ""),
}
GROUPES = {
    "a-traiter": ("À traiter", ("orientee", "a_l_etude"), "moi"),
    "en-demarrage": ("En démarrage", ("acceptee", "adhesion", "entretien"), ""),
    "accompagnes": ("Accompagnés", ("sous_contrat",), ""),
    "sans-suite": ("Sans suite", ("refusee", "retiree", "expiree", "adhesion_refusee"), ""),
    "termines": ("Terminés", ("clos",), ""),
}
"""Filter → label, stages, tone of its count."""

GESTES = {
    "repondre": ("Répondre à l’orientation", ""),
    "recueillir_adhesion": ("Recueillir l’adhésion", "adhesion"),
    "tenir_entretien": ("Tenir l’entretien initial", "entretien"),
    "preparer_contrat": ("Préparer le contrat", "contrat"),
    "signer_contrat": ("Recueillir les signatures", "contrat/signer"),
    "reevaluer": ("Tenir le point bimestriel", "point"),
}
"""What is due → how it reads, and where it is done."""

ATTENDUS_BAILLEUR = {
    "reperee": ("Vous", "orienter le ménage"),
    "orientee": ("L’association", "répondre"),
    "a_l_etude": ("L’association", "répondre"),
    "refusee": ("Vous", "orienter de nouveau, ou en rester là"),
    "expiree": ("Vous", "orienter de nouveau, ou en rester là"),
    "acceptee": ("L’association", "recueillir l’adhésion"),
    "adhesion": ("L’association", "préparer le contrat"),
    "sous_contrat": ("L’association", "réévaluer le suivi"),
}

MOTIFS = {"impayes": "Impayés de loyer", "isolement": "Isolement"}
SUIVIES = ("acceptee", "adhesion", "entretien", "sous_contrat")
PHRASES = {"orientation_recue": "Un ménage vous est adressé : répondez avant la fin du "}
AUTRE_PHRASE = "Ce dossier attend quelque chose de vous, avant la fin du "

TRANCHES = {
    "en_retard": ("En retard", "mal"),
    "sept_jours": ("Dans les 7 jours", "moi"),
    "trente_jours": ("Dans les 30 jours", ""),
    "plus_tard": ("Plus tard", ""),
    "sans_echeance": ("Sans échéance", ""),
}

MENUS = {
    "agent": (
        ("Mes orientations", "/orientations"),
        ("Conventions", "/conventions"),
        ("Boîte", "/boite"),
        ("Recherche", "/recherche"),
    ),
    "referent": (("À faire", "/a-faire"), ("Ménages", "/menages"), ("Boîte", "/boite"), ("Recherche", "/recherche")),
    "coordinateur": (
        ("Orientations à traiter", "/orientations-a-traiter"),
        ("Charge par référent", "/charge"),
        ("À faire", "/a-faire"),
        ("Ménages", "/menages"),
        ("Conventions", "/conventions"),
        ("Boîte", "/boite"),
        ("Recherche", "/recherche"),
    ),
}
