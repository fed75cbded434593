"""Finding a household again by what people type of it, without anything readable being kept to search in.

What may be typed becomes *terms*: every beginning of a name's words, a birth date, a commune; and, to tell households that
look alike, how a name sounds. A term is kept as eight bytes of its HMAC under the organisation's own key: two organisations
that know the same person share no term, and a term tells nothing without the key.

Equal terms would still tell how often a name occurs, and the beginnings of names how they nest: enough to guess many. So
each is made for one of 256 compartments, the dossier's own; whoever asks computes a term for each of them. And a row's
terms are filled up to a round number, because their count would tell a name's length.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from msgspec import Struct

from contracts import communes
from services.socle.facts.refusal import Refus

COMPARTIMENTS = 256
COURT, LONG = 2, 15
"""The shortest beginning of a word that is searched, and where longer ones are cut."""
MOTS = 8
"""Words taken of one question."""
_ARRONDI = 16


class Personne(Struct, frozen=True):
    """What is known of a household to find it by, in clear: never stored."""

    nom: str
    prenom: str
    naissance: date | None = None
    adresse: str = ""
    commune: str = ""
    """INSEE code."""


# Words


_SANS_FORME = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "þ": "th"})


def mots(texte: str) -> list[str]:
    """The words of a text as they are compared: without accents, case, apostrophes or hyphens."""
    letters = unicodedata.normalize("NFKD", texte.casefold().translate(_SANS_FORME))
    plain = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return plain.split()


def _cherchables(texte: str) -> Iterator[str]:
    """The words, and all of them as one: « Le Goff » is also typed « Legoff »."""
    words = mots(texte)
    yield from words
    if len(words) > 1:
        yield "".join(words)


def _debuts(mot: str) -> Iterator[str]:
    return (mot[:n] for n in range(COURT, min(len(mot), LONG) + 1))


# Sounds

_SONS = (
    (r"(.)\1+", r"\1"), (r"e?au(lt|[dtx])?$", "o"), (r"ch(?=[lr])", "k"), (r"ph", "f"), (r"bv", "v"), (r"qu?|ck", "k"),
    (r"sch|[cs]h", "j"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"gu(?=[eiy])|gn", "g"), (r"g(?=[eiy])", "j"), (r"[zx]", "s"),
    (r"w", "v"), (r"h", ""), (r"(?<=.)(?:e?s|[estdxzp])$", ""),
)  # fmt: skip
_SONS_LUS = tuple((re.compile(motif), son) for motif, son in _SONS)
_VOYELLES = re.compile(r"[aeiouy]")


def son(texte: str) -> str:
    """How a name sounds, roughly and in French: its consonants, in no order, so that most slips of a key change nothing."""
    spoken = "".join(mots(texte))
    for motif, lettre in _SONS_LUS:
        spoken = motif.sub(lettre, spoken)
    return "".join(sorted(_VOYELLES.sub("", spoken))) or spoken


_VOIES = {
    "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "boul": "boulevard", "r": "rue", "pl": "place",
    "all": "allee", "ch": "chemin", "che": "chemin", "imp": "impasse", "rte": "route", "sq": "square", "res": "residence",
    "bat": "batiment", "apt": "appartement", "appt": "appartement", "app": "appartement", "esc": "escalier",
    "st": "saint", "ste": "sainte",
}  # fmt: skip
_MUETS = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "a", "au", "aux", "n", "no", "numero"})
_CODE_POSTAL = re.compile(r"\d{5}")


def adresse(texte: str) -> str:
    """An address as it is compared: « 12, r. des Lilas, 17100 Saintes » is « 12 rue Lilas »."""
    words: list[str] = []
    for word in mots(texte):
        if _CODE_POSTAL.fullmatch(word) and words:
            break  # what follows is the commune, which is compared by its code
        if word not in _MUETS:
            words.append(_VOIES.get(word, word))
    return " ".join(sorted(words))


# Terms


def a_trouver(p: Personne) -> set[str]:
    """Everything `p` may be searched by, in clear."""
    found = {f"mot {debut}" for champ in (p.nom, p.prenom, communes.nom(p.commune), p.commune)
             for mot in _cherchables(champ) for debut in _debuts(mot)}  # fmt: skip
    if p.naissance:
        found |= {f"jour {p.naissance.isoformat()}", f"annee {p.naissance.year}"}
    return found | a_rapprocher(p)


def a_rapprocher(p: Personne) -> set[str]:
    """Everything by which `p` may look like another, in clear: sharing one is worth a closer look, no more."""
    nom, prenom = son(p.nom), son(p.prenom)
    found = {f"sons {' '.join(sorted((nom, prenom)))}"}
    if p.naissance:
        found |= {f"ne {p.naissance.isoformat()}", f"son {nom} {p.naissance.year}"}
    if lieu := adresse(p.adresse):
        found.add(f"lieu {lieu}")
    return found


def index(cle: bytes, dossier: UUID, p: Personne) -> list[int]:
    """The terms kept for a dossier, under the organisation's key; the same for the same person, whenever computed."""
    compartiment = dossier.bytes[-1]
    termes = {_terme(cle, compartiment, texte) for texte in a_trouver(p)}
    manque = -len(termes) % _ARRONDI
    bourre = {_hmac(cle, b"\x01" + dossier.bytes + bytes([n])) for n in range(manque)}
    return sorted(termes | bourre)


def partout(cle: bytes, textes: Iterable[str]) -> list[int]:
    """The terms of any of `textes`, whichever the compartment: what is looked for."""
    return [_terme(cle, n, texte) for texte in textes for n in range(COMPARTIMENTS)]


def _terme(cle: bytes, compartiment: int, texte: str) -> int:
    return _hmac(cle, b"\x00" + bytes([compartiment]) + texte.encode())


def _hmac(cle: bytes, message: bytes) -> int:
    return int.from_bytes(hmac.digest(cle, message, "sha256")[:8], "big", signed=True)


# Questions

_DATE = re.compile(
    r"\b(\d{1,2})[\s/.\-](\d{1,2})[\s/.\-](\d{4}|\d{2})\b|\b(\d{4})-(\d{1,2})-(\d{1,2})\b|\b(\d{2})(\d{2})(\d{4})\b"
)


def question(q: str) -> list[set[str]]:
    """What a household must have to answer `q`: one of each set. Raises Refus("recherche_trop_courte")."""
    demandes: list[set[str]] = []

    def jour(found: re.Match[str]) -> str:
        dates = _dates(found)
        if dates:
            demandes.append({f"jour {d.isoformat()}" for d in dates})
        return " " if dates else found[0]

    reste = _DATE.sub(jour, q)
    demandes += [_mot(mot) for mot in dict.fromkeys(mots(reste)) if len(mot) >= COURT]
    if not demandes:
        raise Refus("recherche_trop_courte")
    return demandes[:MOTS]


def _mot(mot: str) -> set[str]:
    annee = {f"annee {mot}"} if len(mot) == 4 and mot.isdecimal() else set()
    return {f"mot {mot[:LONG]}"} | annee


def _dates(found: re.Match[str]) -> list[date]:
    """The days a typed date may mean: « 28/02/90 » is 1990 or 2090, of which nobody was born yet."""
    j1, m1, a1, a2, m2, j2, j3, m3, a3 = found.groups()
    jour, mois, annee = j1 or j2 or j3, m1 or m2 or m3, a1 or a2 or a3
    annees = [int(annee)] if len(annee) == 4 else [1900 + int(annee), 2000 + int(annee)]
    dates = []
    for a in annees:
        try:
            dates.append(date(a, int(mois), int(jour)))
        except ValueError:
            continue
    return dates
