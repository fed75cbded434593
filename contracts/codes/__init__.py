"""The code lists: what a `Code` field may hold, and the words people read for it.

One JSON file per list beside this module. A code is never deleted, because facts of last year still cite it: it is
retired from a date on, reads as before, and is no longer offered. index.json remembers every code ever published; the
verifier refuses a list that lost one. Which list a field draws from, its type says (contracts/listes.py).
`depuis` is the first day a code may be used, `retire_le` the first it may not.

A deployment adds its own in the folder named by MAILLAGE_CODES: files of the same form, which may bring new lists and
codes, reword a label, or retire a code. What the folder does not mention stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts.message import Code

ICI = Path(__file__).parent
INDEX = ICI / "index.json"


class CodesIllisibles(Exception):
    """A list's file is not what it should be; the message names the file and what is wrong."""


class Entree(Struct, frozen=True, forbid_unknown_fields=True):
    """One code: its French label, its days of use, and where it comes from."""

    code: Code
    libelle: Annotated[str, Meta(min_length=1, max_length=200)]
    depuis: date
    retire_le: date | None
    source: str

    def actif(self, le: date) -> bool:
        return self.depuis <= le and (self.retire_le is None or le < self.retire_le)


class _Fichier(Struct, frozen=True, forbid_unknown_fields=True):
    liste: Code
    titre: str
    codes: list[Entree]


class Liste(Mapping[str, Entree]):
    """A code list: a mapping from code to entry, retired ones included, in the order people see them."""

    def __init__(self, nom: str, titre: str, entrees: Mapping[str, Entree]) -> None:
        self.nom, self.titre, self._entrees = nom, titre, dict(entrees)

    def __getitem__(self, code: str) -> Entree:
        return self._entrees[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entrees)

    def __len__(self) -> int:
        return len(self._entrees)

    def libelle(self, code: str) -> str:
        """The label of a code, retired or not. A code this deployment does not know reads as itself: a page about the
        past must not fail because an extension folder was removed."""
        entree = self._entrees.get(code)
        return entree.libelle if entree else code

    def actif(self, code: str, le: date) -> bool:
        """Whether a new fact of the day `le` may use the code."""
        entree = self._entrees.get(code)
        return entree is not None and entree.actif(le)

    def actives(self, le: date) -> list[Entree]:
        """What a form of the day `le` offers."""
        return [entree for entree in self._entrees.values() if entree.actif(le)]


def _lire(fichier: Path) -> Liste:
    try:
        lu = msgspec.json.decode(fichier.read_bytes(), type=_Fichier)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CodesIllisibles(f"{fichier} : {error}") from error
    if lu.liste != fichier.stem:
        raise CodesIllisibles(f"{fichier} : la liste se nomme « {lu.liste} », le fichier doit porter ce nom")
    entrees = {entree.code: entree for entree in lu.codes}
    if len(entrees) != len(lu.codes):
        raise CodesIllisibles(f"{fichier} : un code y figure deux fois")
    return Liste(lu.liste, lu.titre, entrees)


def _etendre(base: Liste, ajout: Liste) -> Liste:
    """The list with a deployment's additions, rewordings and retirements. When a code began is not theirs to change."""
    entrees = dict(base)
    for code, entree in ajout.items():
        if connue := base.get(code):
            entree = msgspec.structs.replace(entree, depuis=connue.depuis, source=connue.source)
        entrees[code] = entree
    return Liste(base.nom, base.titre, entrees)


def charger(extension: Path | None = None) -> dict[str, Liste]:
    """Every list by name, extended by the folder `extension`. Raises CodesIllisibles."""
    listes = {f.stem: _lire(f) for f in sorted(ICI.glob("*.json")) if f != INDEX}
    if extension is None:
        return listes
    if not extension.is_dir():
        raise CodesIllisibles(f"{extension} : ce dossier n'existe pas (MAILLAGE_CODES)")
    for fichier in sorted(extension.glob("*.json")):
        ajout = _lire(fichier)
        listes[ajout.nom] = _etendre(listes[ajout.nom], ajout) if ajout.nom in listes else ajout
    return listes


_EXTENSION = os.environ.get("MAILLAGE_CODES")

LISTES: Mapping[str, Liste] = charger(Path(_EXTENSION) if _EXTENSION else None)
"""The lists of this process, read once at its start: lists changing under a running service would answer two ways."""


def liste(nom: str) -> Liste:
    """The list `nom`; raises KeyError, which names the lists there are."""
    try:
        return LISTES[nom]
    except KeyError:
        raise KeyError(f"liste de codes inconnue : {nom} (connues : {', '.join(LISTES)})") from None
