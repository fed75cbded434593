"""Which changes of an event its readers survive, one line each."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta, Struct

from contracts.compatibilite import Schema, ruptures
from contracts.message import Code, Personnel


class Ligne(Struct, frozen=True):
    montant: int


class LigneEtiquetee(Struct, frozen=True):
    montant: int
    etiquette: str


Base = dict[str, Any]
BASE: Base = {
    "menage": UUID,
    "numero": Annotated[int, Meta(ge=1, le=10)],
    "texte": Personnel,
    "motif": Code,
    "lignes": tuple[Ligne, ...],
    "terme": (date | None, None),
    "taux": (int, 5),
}


def un_schema(champs: Base) -> Schema:
    definis = [(nom, *(valeur if isinstance(valeur, tuple) else (valeur,))) for nom, valeur in champs.items()]
    classe = msgspec.defstruct("Fait", sorted(definis, key=len), frozen=True, tag=True)
    _, composants = msgspec.json.schema_components([classe], ref_template="#/$defs/{name}")
    return {**composants.pop("Fait"), "$defs": composants}


def sans(champ: str) -> Base:
    return {nom: valeur for nom, valeur in BASE.items() if nom != champ}


@pytest.mark.parametrize(
    "apres",
    [
        BASE,
        {**BASE, "precision": (str, "")},
        {**BASE, "numero": Annotated[int, Meta(ge=0, le=99)]},
        {**BASE, "numero": Annotated[int, Meta(ge=1)]},
        {**BASE, "numero": Annotated[int, Meta(ge=1, le=10, title="Numéro", description="autrement dit")]},
    ],
    ids=["the same", "new optional field", "wider limits", "a limit lifted", "other words"],
)
def test_readers_survive(apres: Base) -> None:
    assert ruptures(un_schema(BASE), un_schema(apres)) == []


@pytest.mark.parametrize(
    ("apres", "dit"),
    [
        (sans("menage"), "menage : champ supprimé"),
        (sans("terme"), "terme : champ supprimé"),
        ({**BASE, "nouveau": str}, "nouveau : nouveau champ obligatoire"),
        ({**BASE, "taux": int}, "taux : devient obligatoire"),
        ({**BASE, "numero": (Annotated[int, Meta(ge=1, le=10)], 1)}, "numero : n'est plus obligatoire"),
        ({**BASE, "numero": str}, "numero : le type a changé"),
        ({**BASE, "menage": str}, "menage : format a changé"),
        ({**BASE, "motif": Code | None}, "motif : le type a changé"),
        ({**BASE, "terme": (date, date(2026, 1, 1))}, "terme : le type a changé"),
        ({**BASE, "numero": Annotated[int, Meta(ge=2, le=10)]}, "numero : minimum relevé de 1 à 2"),
        ({**BASE, "numero": Annotated[int, Meta(ge=1, le=9)]}, "numero : maximum abaissé de 10 à 9"),
        ({**BASE, "taux": (Annotated[int, Meta(ge=0)], 5)}, "taux : minimum a changé"),
        ({**BASE, "taux": (int, 6)}, "taux : default a changé"),
        ({**BASE, "motif": str}, "motif : pattern a changé"),
        ({**BASE, "texte": str}, "texte : x-personnel a changé"),
        ({**BASE, "lignes": tuple[LigneEtiquetee, ...]}, "lignes[].etiquette : nouveau champ obligatoire"),
        ({**BASE, "lignes": Ligne}, "lignes : le type a changé"),
    ],
)
def test_readers_would_break(apres: Base, dit: str) -> None:
    assert dit in ruptures(un_schema(BASE), un_schema(apres))


def test_an_enumeration_grows_but_does_not_shrink() -> None:
    court, long = {"enum": ["a"]}, {"enum": ["a", "b"]}
    assert ruptures(court, long) == []
    assert ruptures(long, court) == ["(racine) : valeurs supprimées ['b']"]
    assert ruptures(long, {}) == ["(racine) : enum a changé"]
