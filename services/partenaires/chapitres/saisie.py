"""What a person typed, checked before it becomes a fact: filled names, storable dates, codes of the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from contracts.codes import liste
from services.socle.facts.command import JourEcrit, Ligne
from services.socle.facts.refusal import Motif, Refus, a_corriger

NOM_MAX = 200


class Saisie(BaseModel):
    """A part of a command."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _rempli(text: str) -> str:
    """Checked again once cleaned: stripping may leave nothing, and some characters grow when normalised."""
    if not text:
        raise PydanticCustomError("texte_vide", "Ce champ est à remplir.")
    if len(text) > NOM_MAX:
        raise PydanticCustomError("trop_long", "200 caractères au plus.")
    return text


Nom: TypeAlias = Annotated[Ligne, AfterValidator(_rempli), Field(json_schema_extra={"minLength": 1, "pattern": r"\S"})]
"""A name, filled: what contracts.partenaires.Libelle can hold."""


def _borne(jour: date) -> date:
    if jour.year < 2000:
        raise PydanticCustomError("trop_petit", "À partir du 1er janvier 2000.")
    if jour.year > 2100:
        raise PydanticCustomError("trop_grand", "Jusqu'au 31 décembre 2100.")
    return jour


Jour: TypeAlias = Annotated[JourEcrit, AfterValidator(_borne)]
"""A Paris civil date. Bounded, so that the day after can always be reckoned and stored."""


def verifier(champ: str, nom: str, codes: Iterable[str], le: date) -> tuple[str, ...]:
    """The codes, each once, in the order given. Raises Refus `code_inconnu` for one that list `nom` does not offer."""
    distincts = tuple(dict.fromkeys(codes))
    for code in distincts:
        if not liste(nom).actif(code, le):
            raise Refus("code_inconnu", champ=champ, code=code, liste=nom)
    return distincts


REFUS: Mapping[str, Motif] = {
    "code_inconnu": a_corriger(
        "Code inconnu", "Le champ « {champ} » cite un code que la liste « {liste} » ne propose pas aujourd'hui."
    ),
}
