"""What a person typed, checked before it becomes a fact: filled texts, plausible dates, codes of the lists."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar

from msgspec import Struct
from msgspec import inspect as mi
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from contracts.codes import liste
from contracts.codes.champs import liste_du_champ
from services.socle.facts.act import Acte
from services.socle.facts.command import JourEcrit, Ligne, Texte
from services.socle.facts.refusal import Motif, Refus, a_changer, a_corriger

F = TypeVar("F", bound=Struct)

NAISSANCE_MIN = date(1900, 1, 1)
REPERAGE_MIN = date(2000, 1, 1)
HORIZON_ANS = 10


class Saisie(BaseModel):
    """A part of a command."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _rempli(text: str) -> str:
    if not text:
        raise PydanticCustomError("texte_vide", "Ce champ est à remplir.")
    return text


_REMPLI = (AfterValidator(_rempli), Field(json_schema_extra={"minLength": 1, "pattern": r"\S"}))


Jour: TypeAlias = JourEcrit

Note1a5: TypeAlias = Annotated[int, Field(ge=1, le=5, strict=True)]
"""A theme's score: 1 très difficile … 5 autonome."""

TexteRempli: TypeAlias = Annotated[Texte, *_REMPLI]
LigneRemplie: TypeAlias = Annotated[Ligne, *_REMPLI]


def jour_du_fait(le: date | None, acte: Acte, depuis: date, champ: str = "le") -> date:
    """The Paris civil date of a fact: `le`, neither after today nor before `depuis`; today when nobody said."""
    if le is None:
        return acte.le
    if le > acte.le:
        raise Refus("date_future", champ=champ, date=le)
    if le < depuis:
        raise Refus("date_anterieure", champ=champ, date=le, depuis=depuis)
    return le


def exiger_date_proche(le: date, acte: Acte, champ: str) -> None:
    """A planned date lies within ten years: 2206 typed for 2026 must not make a calendar of two centuries."""
    if le.year > acte.le.year + HORIZON_ANS:
        raise Refus("date_trop_lointaine", champ=champ, date=le)


def exiger_precision(motif: str, precision: str) -> None:
    if motif == "autre" and not precision:
        raise Refus("precision_requise", champ="precision")


def exiger_uniques(valeurs: Sequence[object], champ: str) -> None:
    if len(set(valeurs)) < len(valeurs):
        raise Refus("en_double", champ=champ)


def codifie(fait: F, acte: Acte, repris: Container[str] = ()) -> F:
    """`fait`, once each of its codes is found in use today in its list (contracts/codes).

    `repris` names the fields copied from earlier facts: a code retired since then must not stop what follows.
    """
    for champ, nom, code in _codes(fait):
        if champ.partition(".")[0] not in repris:
            exiger_code(code, nom, champ, acte)
    return fait


def exiger_code(code: str, nom: str, champ: str, acte: Acte) -> None:
    """`code` is in use today in the list `nom`."""
    if not liste(nom).actif(code, acte.le):
        raise Refus("code_inconnu", champ=champ, code=code, liste=nom)


def _codes(valeur: Struct, chemin: str = "") -> Iterator[tuple[str, str, str]]:
    """(path, list, code) for every code the value holds."""
    classe = type(valeur)
    for nom, code in _champs(classe):
        contenu = getattr(valeur, nom)
        for rang, element in _elements(contenu):
            ou = f"{chemin}{nom}{rang}"
            if isinstance(element, Struct):
                yield from _codes(element, f"{ou}.")
            elif code and element is not None:
                yield ou, liste_du_champ(classe.__name__, nom), element


def _elements(contenu: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(contenu, tuple):
        yield from ((f".{rang}", element) for rang, element in enumerate(contenu))
    else:
        yield "", contenu


@cache
def _champs(classe: type[Struct]) -> tuple[tuple[str, bool], ...]:
    """The fields of a class, and whether each holds codes: its type says so (`x-code`), nobody can forget."""
    forme = mi.type_info(classe)
    assert isinstance(forme, mi.StructType)
    return tuple((field.name, _est_code(field.type)) for field in forme.fields)


def _est_code(forme: mi.Type) -> bool:
    match forme:
        case mi.Metadata(extra_json_schema=schema, type=inner):
            return bool((schema or {}).get("x-code")) or _est_code(inner)
        case mi.UnionType(types=types):
            return any(_est_code(t) for t in types)
        case mi.VarTupleType(item_type=item):
            return _est_code(item)
        case _:
            return False


REFUS: Mapping[str, Motif] = {
    "code_inconnu": a_corriger(
        "Code inconnu", "Le champ « {champ} » cite un code que la liste « {liste} » ne propose pas aujourd'hui."
    ),
    "en_double": a_corriger("Élément en double", "Dans « {champ} », le même élément figure deux fois : retirez-en un."),
    "precision_requise": a_corriger(
        "Précision attendue", "Avec le motif « autre », expliquez en quelques mots dans le champ « {champ} »."
    ),
    "date_anterieure": a_changer(
        "Date trop ancienne", "Dans « {champ} », la date ne peut pas précéder le {depuis} : corrigez-la."
    ),
    "date_trop_lointaine": a_corriger(
        "Date trop lointaine", "Dans « {champ} », la date dépasse dix ans : vérifiez l'année."
    ),
}
