"""Which changes of a published schema would break somebody: those who wrote facts before, or those who read them.

Allowed: a new optional field, a wider limit, one more value in an enumeration, other words in titles and descriptions.
Everything else is refused, also what cannot be judged (another pattern, another default): it needs a new version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_MOTS = {"$id", "$schema", "$defs", "title", "description", "examples"}
_PLANCHERS = {"minimum", "exclusiveMinimum", "minLength", "minItems"}
_PLAFONDS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems"}


def ruptures(ancien: Schema, nouveau: Schema) -> list[str]:
    """What in `nouveau` breaks a promise of `ancien`, in French, one line per place; empty when nothing does."""
    return list(_comparer(ancien, nouveau, ancien, nouveau, ""))


def _suivre(schema: Schema, racine: Schema) -> Schema:
    while "$ref" in schema:
        schema = racine["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _comparer(avant: Schema, apres: Schema, racine_a: Schema, racine_b: Schema, ou: str) -> Iterator[str]:
    avant, apres = _suivre(avant, racine_a), _suivre(apres, racine_b)
    lieu = ou or "(racine)"
    if avant.get("type") != apres.get("type") or len(avant.get("anyOf", ())) != len(apres.get("anyOf", ())):
        yield f"{lieu} : le type a changé"
        return
    for mot in sorted((avant.keys() | apres.keys()) - _MOTS - {"type", "properties", "required", "items", "anyOf"}):
        if rupture := _limite(mot, avant, apres):
            yield f"{lieu} : {rupture}"
    for rang, (a, b) in enumerate(zip(avant.get("anyOf", ()), apres.get("anyOf", ()), strict=True)):
        yield from _comparer(a, b, racine_a, racine_b, f"{ou}|{rang}")
    if "items" in avant or "items" in apres:
        yield from _comparer(avant.get("items", {}), apres.get("items", {}), racine_a, racine_b, f"{ou}[]")
    champs_a, champs_b = avant.get("properties", {}), apres.get("properties", {})
    requis_a, requis_b = set(avant.get("required", ())), set(apres.get("required", ()))
    for champ in champs_a:
        chemin = f"{ou}.{champ}".lstrip(".")
        if champ not in champs_b:
            yield f"{chemin} : champ supprimé"
            continue
        yield from _comparer(champs_a[champ], champs_b[champ], racine_a, racine_b, chemin)
        if champ in requis_a - requis_b:
            yield f"{chemin} : n'est plus obligatoire"
    for champ in sorted(requis_b - requis_a):
        quoi = "devient obligatoire" if champ in champs_a else "nouveau champ obligatoire"
        yield f"{ou}.{champ} : {quoi}".lstrip(".")


def _limite(mot: str, avant: Schema, apres: Schema) -> str | None:
    """Why a constraint is narrower than it was, or is another; None when it is the same or wider."""
    a, b = avant.get(mot), apres.get(mot)
    if mot == "enum" and a is not None and b is not None:
        perdues = [valeur for valeur in a if valeur not in b]
        return f"valeurs supprimées {perdues}" if perdues else None
    if mot in _PLANCHERS and a is not None:
        return f"{mot} relevé de {a} à {b}" if b is not None and b > a else None
    if mot in _PLAFONDS and a is not None:
        return f"{mot} abaissé de {a} à {b}" if b is not None and b < a else None
    return f"{mot} a changé" if mot not in avant or mot not in apres or a != b else None
