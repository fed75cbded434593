"""What a person typed, read one field at a time: values kept, errors gathered, dates and pastes understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from contracts.codes import liste
from services.portail import csrf
from services.portail.api import Refusee
from services.portail.libelles import MOIS

COMMANDE, VERSION, ACTION = "commande", "version", "action"
INTERNES = frozenset({csrf.CHAMP, COMMANDE, VERSION, ACTION})
"""Fields that are not what the person typed."""

_ESPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2002\u2003\u2009\u200a"), " ")
_RIEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u0002\u0007\x0b\x0c"), None)
_CONTROLES = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_PUCES = re.compile(r"^[ \t]*[\u2022\u00b7\u25aa\u25e6\u25cf\uf0b7\uf0a7o][ \t]+", re.MULTILINE)
_DATE = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2}|[a-z]+)\.?\s*[/.\- ]\s*(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def propre(texte: str) -> str:
    """A paste from Word as it was meant: its list marks, spaces of all kinds and invisible characters made plain."""
    texte = texte.replace("\r\n", "\n").replace("\r", "\n")
    texte = unicodedata.normalize("NFC", texte).translate(_ESPACES).translate(_RIEN)
    texte = _PUCES.sub("- ", _CONTROLES.sub("", texte))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in texte.split("\n"))).strip()


def lire_date(texte: str) -> date | None:
    """A date typed freely: 1/5/2026, 01.05.26, « 1er mai 2026 », 2026-05-01. None if it is no date."""
    text = "".join(c for c in unicodedata.normalize("NFD", texte.lower()) if not unicodedata.combining(c))
    text = re.sub(r"\b1er\b", "1", text.strip())
    try:
        if iso := _ISO.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if found := _DATE.fullmatch(text):
            return date(_annee(found[3]), _mois(found[2]), int(found[1]))
        if re.fullmatch(r"\d{8}", text):
            return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None
    return None


def _annee(text: str) -> int:
    """Two figures: this century up to 2049, so that a birth year must be typed in full to be doubtful."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 50 else 1900)


def _mois(text: str) -> int:
    if text.isdecimal():
        return int(text)
    plain = ["".join(c for c in unicodedata.normalize("NFD", m) if not unicodedata.combining(c)) for m in MOIS]
    [found] = [n for n, name in enumerate(plain, 1) if name.startswith(text) and len(text) >= 3]
    return found


class Formulaire:
    """`valeurs`: what the fields show again. `erreurs`: field → sentence, in the order of the page."""

    def __init__(self, valeurs: Mapping[str, list[str]] | None = None) -> None:
        self.valeurs: dict[str, list[str]] = {name: list(given) for name, given in (valeurs or {}).items()}
        self.erreurs: dict[str, str] = {}
        self.generale: str | None = None
        self.depasse = False
        """Somebody changed the same thing meanwhile: the page shows both, side by side."""
        self._commande = self._uuid(COMMANDE) or uuid4()

    @classmethod
    def neuf(cls, **valeurs: Any) -> Formulaire:
        """A form not sent yet, with what its fields begin with (a text, a date as typed, a list of codes)."""
        return cls({k: v if isinstance(v, list) else [str(v)] for k, v in valeurs.items() if v is not None})

    @property
    def commande(self) -> UUID:
        """The command's id: made with the page, sent back with it, so that sending twice acts once."""
        return self._commande

    @property
    def version(self) -> int | None:
        """The version of what the person had in view."""
        given = self.brut(VERSION)
        return int(given) if given.isdecimal() and len(given) < 10 else None

    @property
    def correct(self) -> bool:
        return not self.erreurs and self.generale is None

    def saisies(self) -> dict[str, list[str]]:
        """What the person typed, for a draft: without our own fields."""
        return {name: given for name, given in self.valeurs.items() if name not in INTERNES and any(given)}

    def brut(self, nom: str) -> str:
        """What a field shows."""
        given = self.valeurs.get(nom)
        return given[0] if given else ""

    def bruts(self, nom: str) -> list[str]:
        return self.valeurs.get(nom, [])

    def erreur(self, nom: str, phrase: str) -> None:
        self.erreurs.setdefault(nom, phrase)

    def texte(self, nom: str, manque: str | None = None, longueur: int = 8000) -> str:
        """A free text, cleaned. `manque`: what to say if it is empty, when it must not be."""
        text = propre(self.brut(nom))
        self.valeurs[nom] = [text]
        if not text and manque:
            self.erreur(nom, manque)
        if len(text) > longueur:
            self.erreur(nom, f"{longueur} caractères au plus ; il y en a {len(text)}.")
        return text

    def ligne(self, nom: str, manque: str | None = None, longueur: int = 200) -> str:
        """A text on one line."""
        self.valeurs[nom] = [re.sub(r"\s+", " ", self.brut(nom))]
        return self.texte(nom, manque, longueur)

    def date(self, nom: str, manque: str | None = None, *, passee: date | None = None) -> date | None:
        """A date typed freely. `passee`: today, for a date that cannot be later."""
        text = self.ligne(nom, manque)
        if not text:
            return None
        found = lire_date(text)
        if found is None or not 1900 <= found.year <= 2200:
            self.erreur(nom, "Écrivez la date ainsi : 31/01/2026.")
            return None
        if passee and found > passee:
            self.erreur(nom, "Cette date est dans le futur.")
        return found

    def entier(self, nom: str, manque: str | None = None, *, de: int, a: int) -> int | None:
        text = self.ligne(nom, manque)
        if not text:
            return None
        if not text.isdecimal() or not de <= int(text[:9]) <= a:
            self.erreur(nom, f"Un nombre entre {de} et {a} est attendu.")
            return None
        return int(text)

    def code(self, nom: str, nom_liste: str, manque: str | None = None) -> str | None:
        """One code of a list of contracts/codes."""
        return self.un_de(nom, liste(nom_liste), manque)

    def codes(self, nom: str, nom_liste: str, manque: str | None = None) -> list[str]:
        """Several codes of a list, in its order."""
        known = liste(nom_liste)
        found = [code for code in known if code in self.bruts(nom)]
        if not found and manque:
            self.erreur(nom, manque)
        return found

    def un_de(self, nom: str, parmi: Iterable[str], manque: str | None = None) -> str | None:
        given = self.brut(nom)
        if given in parmi and given:
            return given
        if manque or given:
            self.erreur(nom, manque or "Choisissez une des réponses proposées.")
        return None

    def coche(self, nom: str) -> bool:
        return bool(self.brut(nom))

    def refuser(self, refus: Refusee, champs: Mapping[str, str] | None = None) -> None:
        """Shows a service's refusal: beside the fields it names (`champs`: its path → our field), else above the form."""
        if refus.code == "version_perimee":
            self.depasse = True
            self.generale = (
                "Quelqu’un a modifié ce dossier pendant que vous écriviez. Comparez avec ce qui suit, corrigez s’il le faut, "
                "puis envoyez de nouveau."
            )
            return
        for champ in refus.champs:
            nom = (champs or {}).get(champ.chemin) or champ.chemin.strip("/").replace("/", ".")
            if nom in self.valeurs or nom in (champs or {}).values():
                self.erreur(nom, champ.detail)
        if not self.erreurs:
            self.generale = refus.detail

    def _uuid(self, nom: str) -> UUID | None:
        try:
            return UUID(self.brut(nom))
        except ValueError:
            return None
