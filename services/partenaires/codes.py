"""Refusing codes that no list offers on the day of the fact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from contracts.codes import LISTES
from services.socle.chapter import Refus


def verifier(nom: str, codes: Iterable[str], le: date) -> tuple[str, ...]:
    """The codes, each once, in the order given. Raises Refus `code_inconnu` for one that list `nom` does not offer."""
    distincts = tuple(dict.fromkeys(codes))
    if inconnus := [code for code in distincts if not LISTES[nom].actif(code, le)]:
        raise Refus("code_inconnu", liste=nom, codes=inconnus)
    return distincts
