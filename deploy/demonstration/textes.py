"""What people write in the story: short, plain, and about nobody."""

from __future__ import annotations

from collections.abc import Mapping

PRENOMS = ("Camille", "Dominique", "Claude", "Sacha", "Maxime", "Alix", "Andréa", "Charlie", "Noa", "Lou", "Ange")

CONSTATS: Mapping[str, tuple[str, ...]] = {
    "locataire_en_difficulte": (
        "Plaintes répétées des voisins pour le bruit. La famille se dit isolée dans l'immeuble et ne sait à qui parler.",
        "Deux mois de loyer en retard et des courriers non ouverts. Le ménage demande de l'aide pour s'y retrouver.",
        "Le logement se dégrade et les échanges avec le gardien sont tendus. Le ménage accepte d'en parler.",
    ),
    "sans_domicile": (
        "Entre dans son premier logement après plusieurs années de rue. Dort encore dehors certains soirs.",
        "Logement presque vide, démarches d'ouverture des compteurs non faites. Demande qu'on l'accompagne.",
    ),
    "femme_victime_violences": (
        "Relogée en urgence. Ne souhaite pas que son adresse circule. A besoin de repères dans le quartier.",
        "Vient d'emménager avec ses enfants. Demande un appui pour l'école et les démarches.",
    ),
    "famille_sortant_hebergement": (
        "Sort d'un centre d'hébergement. Premier bail à son nom, budget serré, peu de meubles.",
        "La famille découvre les charges et l'entretien d'un logement. Elle craint de ne pas y arriver seule.",
    ),
}
"""The landlord's diagnosis, by public. Also what it says to the association when it orients."""

PRECISIONS: Mapping[str, str] = {
    "vivre_ensemble": "Relations avec deux voisins de palier à apaiser.",
    "difficultes-financieres": "Budget du mois non tenu, un crédit en cours.",
    "logement-hebergement": "Apprendre à habiter : chauffage, courrier, voisinage.",
    "remobilisation": "Peu de contacts, journées sans repère.",
    "violences": "Sécurité et mise en confiance avant toute autre chose.",
    "parentalite": "Organisation des semaines avec les enfants.",
    "famille": "Chacun cherche sa place dans le nouveau logement.",
    "equipement-et-alimentation": "Lits et électroménager manquants.",
    "difficultes-administratives-ou-juridiques": "Dossiers d'aides à compléter.",
}
"""What the référent writes beside a need's score, by theme."""

OBJECTIFS: Mapping[str, str] = {
    "vivre_ensemble": "Rencontrer les voisins avec le gardien, et convenir d'horaires de calme.",
    "difficultes-financieres": "Tenir un budget mensuel et reprendre le paiement du loyer.",
    "logement-hebergement": "Dormir dans son logement toutes les nuits et relever son courrier.",
    "remobilisation": "Participer à une activité du quartier chaque semaine.",
    "violences": "Être en lien avec une association spécialisée et connaître les numéros d'urgence.",
    "parentalite": "Inscrire les enfants à la cantine et au centre de loisirs.",
    "famille": "Aménager une chambre pour les enfants.",
    "equipement-et-alimentation": "Obtenir l'aide du FSL pour l'équipement de première nécessité.",
    "difficultes-administratives-ou-juridiques": "Ouvrir les droits à l'APL et au tarif social.",
}
"""An objective of the contract, by theme."""

ENGAGEMENTS: Mapping[str, str] = {
    "menage": "Recevoir le référent aux rendez-vous du calendrier et prévenir en cas d'absence.",
    "association": "Rencontrer le ménage au moins deux fois par mois et l'accompagner dans ses démarches.",
    "bailleur": "Suspendre les relances de loyer tant que le plan d'apurement est tenu, et faire réparer la porte du hall.",
}
"""What each party promises."""

SYNTHESES_ENTRETIEN = (
    "Première rencontre longue et confiante. Le ménage sait ce qu'il veut changer en premier.",
    "Entretien en deux temps. Beaucoup d'attentes, peu de repères sur qui fait quoi.",
)

SYNTHESES_REVUE = (
    "Les rendez-vous sont tenus. Un premier objectif avance.",
    "Des progrès nets sur le budget ; les relations de voisinage restent à travailler.",
    "Période difficile, le rythme des visites est doublé jusqu'au prochain point.",
    "Le ménage prend lui-même ses rendez-vous. L'appui peut s'espacer.",
    "La situation est stable. La suite se prépare avec le droit commun.",
)

NOTES_REFERENT = (
    "Accueil prudent. Revenir sur la question des dettes quand la confiance sera là.",
    "Évoque une séparation récente. À ne pas reprendre devant les enfants.",
)

NOTES_EQUIPE = (
    "Préférer les visites le matin ; sonner deux fois.",
    "Passer par l'accueil de quartier si le téléphone ne répond pas.",
)
