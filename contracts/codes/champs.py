"""Which code list each `Code` field of the events draws from: said once, shown by the schemas (`x-liste`)."""

from __future__ import annotations

_PAR_CHAMP = {
    "auteur": "auteur_refus",
    "consentements": "finalite_consentement",
    "etape": "etape_refus",
    "finalite": "finalite_consentement",
    "motifs": "motif_orientation",
    "moyen": "moyen_signature",
    "nature": "nature_organisation",
    "niveau": "niveau_note",
    "objet": "objet_message",
    "par": "partie",
    "partie": "partie",
    "publics": "publics",
    "role": "role",
    "roles": "role",
    "situation": "situation_sortie",
    "source": "source_financement",
    "support": "support_contact",
    "theme": "themes",
    "themes": "themes",
    "tranche_age": "tranche_age",
    "type_menage": "type_menage",
    "typologie": "typologie_logement",
}

# One word, several lists: why a request is refused, taken back, or a follow-up ended are not the same reasons.
_PAR_CLASSE = {
    ("OrientationRefusee", "motif"): "motif_refus",
    ("OrientationRetiree", "motif"): "motif_retrait",
    ("AdhesionRefusee", "motif"): "motif_refus",
    ("DossierClos", "motif"): "motif_sortie",
}


def liste_du_champ(classe: str, champ: str) -> str:
    """The name of the list for a field of a class of contracts/ (a published fact's class reads as its event's).

    Raises KeyError for a field nobody has given a list: a new Code field is declared here.
    """
    trouvee = _PAR_CLASSE.get((classe.removeprefix("Flux"), champ)) or _PAR_CHAMP.get(champ)
    if trouvee is None:
        raise KeyError(f"{classe}.{champ} : aucune liste de codes déclarée (contracts/codes/champs.py)")
    return trouvee
