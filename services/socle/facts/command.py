"""What a command is: a frozen pydantic model, so that one definition gives the rules, the form errors and the OpenAPI."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

# C0 and C1 controls but tab and line ends; NUL alone would already stop PostgreSQL from storing the text.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

RESERVE = "chiffre:1:"
"""How a sealed text begins: typed by a person, it would be opened for them."""


def _propre(text: str) -> str:
    """NFC, without surrounding blanks; control characters are refused rather than silently dropped."""
    if _FORBIDDEN.search(text):
        raise PydanticCustomError("caracteres_interdits", "Le texte contient des caractères de contrôle.")
    propre = unicodedata.normalize("NFC", text).strip()
    # Of what is stored: blanks before it would hide a sealed text from this check, and not from whoever opens it.
    if propre.startswith(RESERVE):
        raise PydanticCustomError("texte_reserve", "Le texte ne peut pas commencer ainsi.")
    return propre


def _au_plus(longueur: int) -> AfterValidator:
    """Checked again after NFC, which makes a few characters longer."""

    def verifier(text: str) -> str:
        if len(text) > longueur:
            raise PydanticKnownError("string_too_long", {"max_length": longueur})
        return text

    return AfterValidator(verifier)


Texte: TypeAlias = Annotated[str, StringConstraints(max_length=8000), AfterValidator(_propre), _au_plus(8000)]
"""Free text a person typed; whatever it says may be about someone."""

Ligne: TypeAlias = Annotated[str, StringConstraints(max_length=200), AfterValidator(_propre), _au_plus(200)]
"""A short text: a name, a telephone number, an address line."""


def ecrit(pattern: str, phrase: str) -> tuple[AfterValidator, FieldInfo]:
    """A text of this shape; `phrase` says which, to whoever wrote another. Published as the pattern."""
    forme = re.compile(pattern)

    def verifier(text: str) -> str:
        if not forme.fullmatch(text):
            raise PydanticCustomError("forme_inattendue", phrase)
        return text

    return AfterValidator(verifier), Field(json_schema_extra={"pattern": pattern})


CodeStr: TypeAlias = Annotated[
    str, *ecrit(r"^[a-z0-9][a-z0-9_\-]{0,63}$", "Un code est attendu : minuscules sans accent, chiffres et tirets.")
]
"""An entry of a code list."""

CommuneStr: TypeAlias = Annotated[
    str, *ecrit(r"^[0-9][0-9AB][0-9]{3}$", "Le code INSEE de la commune est attendu, par exemple 17415.")
]
"""An INSEE commune code."""


def _jour(valeur: object) -> object:
    # Left to itself, pydantic reads 0 as 1 January 1970 and a time as its day.
    if isinstance(valeur, date) or (isinstance(valeur, str) and _ISO.fullmatch(valeur)):
        return valeur
    raise PydanticKnownError("date_type")


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

JourEcrit: TypeAlias = Annotated[date, BeforeValidator(_jour)]
"""A civil date, written 2026-01-31 and in no other way."""


class Commande(BaseModel):
    """Something somebody asks for. Unknown fields are refused: a misspelt field must not be lost silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")
