"""What a page says at its top after something was done: the cookie carries only the code, so that nobody can make it say
anything else."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

AVIS = {
    "brouillon_garde": "Le brouillon est enregistré. Vous le retrouverez ici.",
    "brouillon_jete": "Le brouillon est supprimé.",
    "orientation_envoyee": "L’orientation est envoyée.",
    "orientation_retiree": "L’orientation est retirée. L’association ne peut plus y répondre.",
    "signature_enregistree": "Votre signature est enregistrée.",
    "orientation_acceptee": "L’orientation est acceptée : une place de la convention est prise. Le bailleur en est prévenu.",
    "orientation_a_l_etude": "La demande est à l’étude. Le bailleur voit la nouvelle échéance.",
    "orientation_refusee": "Le refus est envoyé au bailleur.",
    "dossier_confie": "C’est fait : le référent est prévenu dans sa boîte.",
    "dossiers_confies": "C’est fait : chaque référent est prévenu dans sa boîte.",
    "convention_proposee": "La convention est proposée. Chaque partie doit maintenant la signer.",
    "convention_signee": "Votre signature est enregistrée.",
    "plan_etabli": "Le plan de financement est enregistré. Les financeurs nommés voient la convention.",
    "dispositif_ouvert": "Le dispositif est ouvert. Vous pouvez proposer une convention.",
    "message_lu": "Le message est marqué comme lu.",
    "messages_lus": "Les messages affichés sont marqués comme lus.",
    "accord_recueilli": "L’accord du ménage est enregistré.",
    "accord_retire_transmission": "L’accord du ménage est retiré. Plus rien n’est transmis.",
    "accord_retire_partage_synthese": "L’accord du ménage est retiré. Le bailleur ne lit plus les synthèses.",
    "accord_retire_partenaires": "L’accord du ménage est retiré. Aucun partenaire ne sera plus sollicité.",
    "rencontre_notee": "La rencontre est enregistrée.",
    "adhesion_recueillie": "L’adhésion du ménage est enregistrée.",
    "adhesion_refusee": "Le refus du ménage est enregistré. L’orientation s’arrête là.",
    "entretien_enregistre": "L’entretien initial est enregistré.",
    "contrat_prepare": "Le contrat est prêt à être signé. Vous pouvez l’imprimer.",
    "signatures_enregistrees": "Les signatures sont enregistrées.",
    "contrat_signe": "Tout le monde a signé : l’accompagnement commence.",
    "point_enregistre": "Le point bimestriel est enregistré.",
    "rendez_vous_fixe": "Le rendez-vous est fixé.",
    "rendez_vous_conclu": "C’est noté.",
    "note_ecrite": "La note est enregistrée.",
    "dossier_clos": "L’accompagnement est terminé. Le dossier reste lisible.",
    "donnees_effacees": "Les données de ce ménage sont effacées.",
}
_COOKIE = "maillage-avis"


def dire(reponse: Response, code: str, attributs: dict[str, Any]) -> None:
    """Have the next page say AVIS[code]."""
    assert code in AVIS
    reponse.set_cookie(_COOKIE, code, max_age=120, **attributs)


def lire(request: Request) -> str | None:
    return AVIS.get(request.cookies.get(_COOKIE, ""))


def oublier(reponse: Response, attributs: dict[str, Any]) -> None:
    reponse.delete_cookie(_COOKIE, **attributs)
