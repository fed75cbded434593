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

EN_ATTENTE = ("orientee", "a_l_etude")
"""The association has not answered yet."""
SUIVIES = ("acceptee", "adhesion", "entretien", "sous_contrat")
"""The association follows the household: somebody of it is its référent, writes notes, may end the follow-up."""
FINIES = frozenset({"refusee", "retiree", "expiree", "adhesion_refusee", "clos"})


def etapes(nature: str) -> Mapping[str, Etat]:
    """Code → stage, as an organisation of this nature reads it."""
    return DU_BAILLEUR if nature == "bailleur" else DE_L_ASSOCIATION
