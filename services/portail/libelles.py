"""The words people read for what the services say: codes, dates, delays, numbers, and who is awaited."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

from contracts.codes import liste
from services.socle.base.calendar import PARIS

INSECABLE = "\N{NO-BREAK SPACE}"
FINE = "\N{NARROW NO-BREAK SPACE}"
_AVANT = re.compile(r" (?=[:;!?»%€])")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


class Etat(NamedTuple):
    """A stage as a reader sees it. `ton` colours its tag: moi (it is the reader's turn), autre, bien, mal, neutre."""

    libelle: str
    ton: str = "neutre"


def libelle(code: str | None, nom: str) -> str:
    """The label of `code` in the list `nom`; nothing for no code."""
    return typographie(liste(nom).libelle(code)) if code else ""


def typographie(texte: str) -> str:
    """A sentence of the services as pages set it: their apostrophe, and no line that begins with « : »."""
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", espaces(texte))


def espaces(texte: str) -> str:
    """French punctuation keeps its word."""
    return _AVANT.sub(INSECABLE, texte).replace("« ", f"«{INSECABLE}")


def choix(nom: str, le: date) -> list[tuple[str, str]]:
    """(code, label) that a form of the day offers."""
    return [(entree.code, typographie(entree.libelle)) for entree in liste(nom).actives(le)]


def en_date(valeur: str | date | None) -> date | None:
    """A civil date of the services, which send them as text."""
    if valeur is None or valeur == "":
        return None
    if isinstance(valeur, datetime):
        return valeur.astimezone(PARIS).date()
    return valeur if isinstance(valeur, date) else date.fromisoformat(valeur[:10])


def jour(valeur: str | date | None) -> str:
    """« 1er mai 2026 »; nothing for no date. Its spaces do not break."""
    d = en_date(valeur)
    if d is None:
        return ""
    return INSECABLE.join(("1er" if d.day == 1 else str(d.day), MOIS[d.month - 1], str(d.year)))


def jour_saisi(valeur: str | date | None) -> str:
    """« 01/05/2026 », as people type it."""
    d = en_date(valeur)
    return d.strftime("%d/%m/%Y") if d else ""


def delai(valeur: str | date | None, aujourdhui: date) -> str:
    """« aujourd'hui », « dans 3 jours », « il y a 2 jours »; beyond two months, in months."""
    d = en_date(valeur)
    if d is None:
        return ""
    n = (d - aujourdhui).days
    match n:
        case 0:
            return "aujourd’hui"
        case 1:
            return "demain"
        case -1:
            return "hier"
    combien = f"{abs(n)}{INSECABLE}jours" if abs(n) < 60 else f"{abs(n) // 30}{INSECABLE}mois"
    return f"dans {combien}" if n > 0 else f"il y a {combien}"


def il_y_a(instant: datetime) -> str:
    """« à l’instant », « il y a 12 min », « il y a 3 h », « il y a 2 jours »: by the machine's clock."""
    secondes = (datetime.now(UTC) - instant).total_seconds()
    return "à l’instant" if secondes < 60 else f"il y a {duree(secondes)}"


def duree(secondes: float) -> str:
    """« 42 s », « 12 min », « 3 h », « 2 jours »."""
    minutes = int(secondes // 60)
    if minutes < 1:
        return f"{int(secondes)}{INSECABLE}s"
    if minutes < 60:
        return f"{minutes}{INSECABLE}min"
    if minutes < 24 * 60:
        return f"{minutes // 60}{INSECABLE}h"
    return pluriel(minutes // (24 * 60), "jour")


def nombre(n: int) -> str:
    """« 1 224 »."""
    return f"{n:,}".replace(",", FINE)


def euros(centimes: int) -> str:
    """« 20 000 € », with cents when there are."""
    entiers, reste = divmod(centimes, 100)
    return f"{nombre(entiers)}{f',{reste:02d}' if reste else ''}{INSECABLE}€"


def pluriel(n: int, un: str, plusieurs: str | None = None) -> str:
    """« 1 place », « 3 places »: zero is singular."""
    mot = un if abs(n) < 2 else plusieurs or f"{un}s"
    return f"{nombre(n)}{INSECABLE}{mot}"


EFFACE = "données effacées"


def nom_complet(identite: dict[str, object] | None, efface: bool = False) -> str:
    """« Camille EXEMPLE »; what remains to be said once the data are erased."""
    if efface or not identite:
        return "Ménage effacé" if efface else "Ménage"
    prenom, nom = (str(identite.get(part) or "") for part in ("prenom", "nom"))
    return f"{prenom} {nom}".strip() or "Ménage"
