"""A synthetic event of every kind, as it stands on the wire: the first fixture of a version, and matter for tests.

Personal data are tokens of ciphertext, as stored; codes come from their lists; nothing describes anybody.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from msgspec import inspect

from contracts.codes import liste
from contracts.message import Message

Feuille: TypeAlias = Callable[[str, str, inspect.Type, dict[str, Any]], Any]
"""(class name, field name, its type, its JSON Schema marks such as x-personnel) → a JSON value."""

_TEXTES = {
    "commune": "17415",
    "emetteur": "https://identite.exemple.fr",
    "fuseau": "Europe/Paris",
    "heure": "14:30",
    "nom": "Organisation d'exemple",
    "pseudonyme": "m-3f9c2a7be01d54c8",
    "raison": "pas_encore_du",
    "semaine": "2026-W12",
    "semaine_echeance": "2026-W20",
    "semaine_fin": "2027-W11",
    "sujet": "sujet-opaque-0001",
    "tache": "constater-retard",
}
_CODES = {
    "publics": "locataire_en_difficulte",
    "tranche_age": "25-39",
    "type_menage": "couple_avec_enfants",
    "typologie": "t4",
}
_DATES = {"debut": "2026-03-16", "le": "2026-03-16", "fin": "2027-03-15"}
_NOMBRES = {
    "annee": 2026,
    "avancement": 40,
    "delai_etude_jours": 30,
    "delai_reponse_jours": 15,
    "montant_centimes": 700000,
}


def jeton(graine: str) -> str:
    """A token of the stored form, chiffre:1:<key>:<event>:<ciphertext>, that no key opens."""
    cle, evenement = (hashlib.md5(f"{mot} {graine}".encode(), usedforsecurity=False).hexdigest() for mot in "ke")
    texte = base64.urlsafe_b64encode(hashlib.sha512(graine.encode()).digest()[:44]).decode().rstrip("=")
    return f"chiffre:1:{cle}:{evenement}:{texte}"


def exemple(classe: type[Message]) -> dict[str, Any]:
    """The JSON object of a synthetic event of the class, `type` included."""
    return construire(classe, feuille)


def construire(classe: type[Message], feuille: Feuille) -> dict[str, Any]:
    """A JSON object of the class whose every value comes from `feuille`; one element per list, no field left out."""
    lu = inspect.type_info(classe)
    assert isinstance(lu, inspect.StructType)
    return _objet(lu, feuille)


def _objet(lu: inspect.StructType, feuille: Feuille) -> dict[str, Any]:
    nom = {lu.tag_field: lu.tag} if lu.tag_field else {}
    return nom | {
        champ.encode_name: _valeur(lu.cls.__name__, champ.name, champ.type, {}, feuille) for champ in lu.fields
    }


def _valeur(classe: str, champ: str, type_: inspect.Type, marques: dict[str, Any], feuille: Feuille) -> Any:
    match type_:
        case inspect.Metadata():
            return _valeur(classe, champ, type_.type, type_.extra_json_schema or {}, feuille)
        case inspect.UnionType():
            present = next(t for t in type_.types if not isinstance(t, inspect.NoneType))
            return _valeur(classe, champ, present, marques, feuille)
        case inspect.VarTupleType() | inspect.ListType():
            return [_valeur(classe, champ, type_.item_type, {}, feuille)]
        case inspect.StructType():
            return _objet(type_, feuille)
        case _:
            return feuille(classe, champ, type_, marques)


def feuille(classe: str, champ: str, type_: inspect.Type, marques: dict[str, Any]) -> Any:
    """A plausible value. Raises KeyError for a plain text without an example: add one above."""
    match type_:
        case inspect.StrType() if marques.get("x-personnel"):
            return jeton(f"{classe}.{champ}")
        case inspect.StrType() if marques.get("x-code"):
            return _CODES.get(champ) or next(iter(liste(marques["x-liste"])))
        case inspect.StrType() if champ in _TEXTES:
            return _TEXTES[champ]
        case inspect.UUIDType():
            return str(uuid5(NAMESPACE_URL, f"urn:maillage:exemple:{champ}"))
        case inspect.DateType():
            return _DATES.get(champ, "2026-05-18")
        case inspect.IntType():
            return _NOMBRES.get(champ, 2)
        case inspect.BoolType():
            return True
    raise KeyError(f"{classe}.{champ} : aucun exemple pour {type(type_).__name__}, donnez-en un plus haut")
