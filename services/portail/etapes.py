"""The stages of a household, as each organisation reads them: the words, and which ones go together.

Keyed by the codes of services/dossiers' views; the association's are those of `portefeuille`, the landlord's of `orientations`.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.portail.libelles import Etat

DU_BAILLEUR = {
    "reperee": Etat("À orienter", "moi"),
    "orientee": Etat("Réponse attendue", "autre"),
    "a_l_etude": Etat("À l’étude", "autre"),
    "acceptee": Etat("Acceptée", "autre"),
    "refusee": Etat("Refusée", "mal"),
    "retiree": Etat("Retirée"),
    "expiree": Etat("Sans réponse", "mal"),
    "adhesion": Etat("Adhésion recueillie", "autre"),
    "adhesion_refusee": Etat("Adhésion refusée"),
    "sous_contrat": Etat("Accompagné", "bien"),
    "clos": Etat("Terminé"),
}

DE_L_ASSOCIATION = {
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

GROUPES_DU_BAILLEUR = {
    "a-orienter": ("À orienter", ("reperee",), "moi"),
    "en-attente": ("Réponse attendue", ("orientee", "a_l_etude"), ""),
    "sans-suite": ("Refusées ou sans réponse", ("refusee", "expiree"), "mal"),
    "accompagnes": ("Accompagnés", ("acceptee", "adhesion", "sous_contrat"), ""),
    "termines": ("Terminés", ("retiree", "adhesion_refusee", "clos"), ""),
}
GROUPES_DE_L_ASSOCIATION = {
    "a-traiter": ("À traiter", ("orientee", "a_l_etude"), "moi"),
    "en-demarrage": ("En démarrage", ("acceptee", "adhesion", "entretien"), ""),
    "accompagnes": ("Accompagnés", ("sous_contrat",), ""),
    "sans-suite": ("Sans suite", ("refusee", "retiree", "expiree", "adhesion_refusee"), ""),
    "termines": ("Terminés", ("clos",), ""),
}
"""Filter of a list → label, the stages it gathers, tone of its count."""

_FINS = {
    "refusee": ("Orientation refusée", "fin"),
    "retiree": ("Orientation retirée", "fin"),
    "adhesion_refusee": ("Le ménage n’a pas souhaité être accompagné", "fin"),
    "clos": ("Accompagnement terminé", "faite"),
}
FINS_DU_BAILLEUR = {**_FINS, "expiree": ("Sans réponse dans le délai", "fin")}
FINS_DE_L_ASSOCIATION = {**_FINS, "expiree": ("Restée sans réponse", "fin")}
"""The stages that end the steps of a sheet: how it reads, and how it is drawn."""

PRECISIONS = {"a_l_etude": "à l’étude"}
"""What the list of the requests adds at a stage."""
POURQUOI = {"refusee": "Pourquoi l’orientation est refusée"}
"""The stages whose reason the landlord's sheet tells, under this title."""


def etapes(nature: str) -> Mapping[str, Etat]:
    """Code → stage, as an organisation of this nature reads it."""
    return DU_BAILLEUR if nature == "bailleur" else DE_L_ASSOCIATION
