"""Communes as people type them: a name, with its département where several share it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from contracts.communes import communes

_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_DEPARTEMENT = re.compile(r"^(.*?)[\s(]+(\d{2,3}|2[ab])\)?$", re.IGNORECASE)


def libelle(code: str | None) -> str:
    """« Saintes (17) »; the code itself for a commune that has no name any more."""
    if not code:
        return ""
    nom = communes().get(code)
    return f"{nom} ({_departement(code)})" if nom else code


def trouver(texte: str) -> list[str]:
    """The codes a text may mean: one when it is clear."""
    text = texte.strip()
    if _INSEE.fullmatch(text.upper()) and text.upper() in communes():
        return [text.upper()]
    found = list(_par_nom().get(_simple(text), ()))
    if not found and (precise := _DEPARTEMENT.match(text)):
        wanted = precise[2].upper()
        found = [c for c in _par_nom().get(_simple(precise[1]), ()) if _departement(c) == wanted]
    return found


@cache
def _par_nom() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, nom in communes().items():
        key = _simple(nom)
        found[key] = (*found.get(key, ()), code)
    return found


def _simple(texte: str) -> str:
    """Without accents, case, hyphens; « St » and « Ste » in full."""
    plain = "".join(c for c in unicodedata.normalize("NFD", texte.lower()) if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9]+", " ", plain.replace("œ", "oe")).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def _departement(code: str) -> str:
    return code[:3] if code.startswith("97") else code[:2]
