"""Whether two households look alike: the same person typed twice, or two of the same address. Compared in clear, in memory.

The keyed terms only say which dossiers are worth opening for that; what follows decides, and says why.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from services.dossiers.recherche import Personne, adresse, mots, son

Raison: TypeAlias = Literal[
    "meme_nom", "nom_proche", "meme_naissance", "naissance_proche", "naissance_inconnue", "meme_adresse"
]

PHRASES: dict[Raison, str] = {
    "meme_nom": "même nom",
    "nom_proche": "nom proche",
    "meme_naissance": "même date de naissance",
    "naissance_proche": "date de naissance proche",
    "naissance_inconnue": "date de naissance non renseignée",
    "meme_adresse": "même adresse",
}

_POIDS: dict[Raison, int] = {
    "meme_naissance": 8, "meme_nom": 4, "nom_proche": 3, "naissance_proche": 3, "meme_adresse": 3, "naissance_inconnue": 0,
}  # fmt: skip


def raisons(a: Personne, b: Personne) -> tuple[Raison, ...]:
    """Why `a` and `b` may be the same household, strongest first; empty when they do not look alike."""
    nom, naissance = _nom(a, b), _naissance(a.naissance, b.naissance)
    meme_adresse = bool(adresse(a.adresse)) and adresse(a.adresse) == adresse(b.adresse)
    found: list[Raison] = [nom, naissance] if nom and naissance else []
    if found == ["nom_proche", "naissance_inconnue"]:
        found = []  # too many people are called alike
    if meme_adresse:
        found.append("meme_adresse")
    return tuple(sorted(found, key=lambda raison: -_POIDS[raison]))


def force(trouvees: tuple[Raison, ...]) -> int:
    """How strongly these reasons speak, to show the likeliest first."""
    return sum(_POIDS[raison] for raison in trouvees)


def pourquoi(trouvees: tuple[Raison, ...]) -> str:
    """« même date de naissance, nom proche »."""
    return ", ".join(PHRASES[raison] for raison in trouvees)


def _nom(a: Personne, b: Personne) -> Raison | None:
    """Both names alike, in either order: forms are filled the wrong way round."""
    for nom, prenom in ((b.nom, b.prenom), (b.prenom, b.nom)):
        if mots(a.nom) == mots(nom) and mots(a.prenom) == mots(prenom):
            return "meme_nom"
    for nom, prenom in ((b.nom, b.prenom), (b.prenom, b.nom)):
        if _proches(a.nom, nom) and _proches(a.prenom, prenom):
            return "nom_proche"
    return None


def _proches(a: str, b: str) -> bool:
    """The same but for a slip, a spelling, or a part left out (a birth name beside a married one)."""
    one, other = mots(a), mots(b)
    if set(one) <= set(other) or set(other) <= set(one):
        return True
    short, long = sorted(("".join(one), "".join(other)), key=len)
    permis = 3 if son(a) == son(b) else 2 if len(short) > 5 else 1
    return len(short) > 2 and ecart(short, long) <= permis


def _naissance(a: date | None, b: date | None) -> Raison | None:
    if a is None or b is None:
        return "naissance_inconnue"
    if a == b:
        return "meme_naissance"
    inversee = (a.year, a.month, a.day) == (b.year, b.day, b.month)
    return "naissance_proche" if inversee or ecart(f"{a:%d%m%Y}", f"{b:%d%m%Y}") == 1 else None


def ecart(a: str, b: str) -> int:
    """How many slips lead from one text to the other: a letter more, less, other, or two neighbours swapped."""
    lines = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        line = [i]
        for j, y in enumerate(b, 1):
            slips = min(lines[i - 1][j] + 1, line[j - 1] + 1, lines[i - 1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                slips = min(slips, lines[i - 2][j - 2] + 1)
            line.append(slips)
        lines.append(line)
    return lines[-1][-1]
