"""Households whose every text is a mark, and hostile: to find a text is to know where it came from, and whether it acts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from captures.decor import Scene
from jeu.gens import AUTRES, SAINTES, Equipe

PIEGE = '</textarea></title>"\'><img data-perce src=x onerror="window.perce=1"><script>window.perce=1</script>{{7*7}}'
"""Closes whatever it may stand in, then tries to act; escaped, it is only read."""

IDENTITE = ("nom", "prenom", "telephone", "courriel", "adresse")
COURTS = frozenset({"telephone", "courriel"})
"""Too short a field for the whole trap."""

LECTEURS: Mapping[str, str] = {
    **dict.fromkeys(IDENTITE, "BA"),
    "constat": "B",
    "expose": "BA",
    "besoin": "A",
    "entretien": "A",
    "objectif": "A",
    "engagement.menage": "A",
    "engagement.association": "A",
    "engagement.bailleur": "BA",
    "note.equipe": "A",
    "note.referent": "R",
    "synthese": "A",
}
"""What is written → who may read it (docs/partage.md): B the landlord, A the association, R the référent who wrote it."""


class Marque(Struct, frozen=True):
    """`texte`: as it is found in a page. `lecteurs`: the accounts that may."""

    nom: str
    texte: str
    lecteurs: frozenset[str]


def comptes(equipe: Equipe, lettres: str) -> frozenset[str]:
    groupes = {
        "B": (equipe.agent, equipe.responsable),
        "A": (equipe.coordinateur, equipe.referent, f"{equipe.association}.referent2"),
        "R": (equipe.referent,),
    }
    return frozenset(compte for lettre in lettres for compte in groupes[lettre])


async def planter(scene: Scene, graine: str) -> tuple[list[Marque], list[str]]:
    """(marks, dossiers): a household that is followed, one whose request is unanswered, one only its landlord knows."""
    marques: list[Marque] = []
    dossiers: list[str] = []
    for etape, tus in (("reevaluee", ""), ("orientee", ""), ("reperee", "A")):

        def ecrire(champ: str, etape: str = etape, tus: str = tus) -> str:
            texte = f"Marque.{champ}.{etape}.{graine}"
            lecteurs = re.sub(f"[{tus or '-'}]", "", LECTEURS[champ])
            marques.append(Marque(f"{champ}, {etape}", texte, comptes(scene.equipe, lecteurs)))
            return texte if champ in COURTS else f"{texte} {PIEGE}"

        identite = {champ: ecrire(champ) for champ in IDENTITE}
        menage = await scene.menage(identite.pop("nom"), etape, ecrire, **identite)
        dossiers.append(str(menage.dossier))
    return marques, dossiers


__all__ = ["AUTRES", "SAINTES", "Marque", "comptes", "planter"]
