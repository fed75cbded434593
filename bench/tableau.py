"""How the figures are shown, in French: one line of 80 columns per measure for a terminal or a log, Markdown for a file.

The median of our runs stands between what was least and most; what the figures are beside, and what else helps to read
them, follows below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.mesure import Mesure, manquees

LARGEUR = 80
COLONNES = (("mesure", 27), ("nous", 6), ("min – max", 15), ("en face", 6), ("rapport", 7), ("attendu", 8), ("tenu", 5))
"""Title and width; a blank between two. The title of a column may be shorter than it is wide, never longer."""

LEGENDE = (
    "« visé » : un but, pas une porte ; en temps absolu, il vaut sur une machine calme et rapide. « visé+ » : atteint. "
    "Un rapport est celui des médianes."
)


def afficher(mesures: Sequence[Mesure], contexte: Mapping[str, object], console: Console) -> None:
    """The table, what it was measured beside and on, and what is not held."""
    lignes = [(m, ligne(m)) for m in mesures]
    console.print(Text(_rangee([nom for nom, _ in COLONNES])), soft_wrap=True)
    console.print(Text("-" * LARGEUR), soft_wrap=True)
    for m, texte in lignes:
        console.print(Text(texte, style="bold red" if m.gate and not m.holds else ""), soft_wrap=True)
    for paragraphe in ("", LEGENDE, *_notes(mesures), "", _en_ligne(contexte.items()), "", verdict(mesures)):
        console.print(Text(_replier(paragraphe)), soft_wrap=True)


def ligne(m: Mesure) -> str:
    """One measure, in LARGEUR columns."""
    return _rangee([_nom(m), nombre(m.ours), etendue(m.runs), nombre(m.peer), _rapport(m), attendu(m), tenu(m)])


def verdict(mesures: Sequence[Mesure]) -> str:
    faults = manquees(mesures)
    portes = sum(m.gate for m in mesures)
    if not faults:
        return f"Portes tenues : {portes} sur {portes}."
    return f"Portes non tenues : {len(faults)} sur {portes} ({', '.join(dict.fromkeys(m.measure for m in faults))})."


def _nom(m: Mesure) -> str:
    return f"{m.measure} ({m.unit})"


def _rangee(cases: Sequence[str]) -> str:
    """The first to the left of its column, the others to the right. One too long takes the blanks of those after it."""
    out, fin = cases[0].ljust(COLONNES[0][1]), COLONNES[0][1]
    for case, (_, largeur) in zip(cases[1:], COLONNES[1:], strict=True):
        fin += 1 + largeur
        out += " " + case.rjust(fin - len(out) - 1)
    return out


def _notes(mesures: Sequence[Mesure]) -> Iterable[str]:
    for m in _une_fois(mesures):
        qui = m.against if m.peer is None else f"en face, {m.against}"
        yield f"{m.measure} : {' ; '.join(filter(None, [qui, _en_ligne(m.details.items())]))}"


def _une_fois(mesures: Sequence[Mesure]) -> list[Mesure]:
    """Of the lines that share their runs, one per target, the first."""
    return list({(m.measure, m.against): m for m in reversed(mesures)}.values())[::-1]


def _en_ligne(dits: Iterable[tuple[str, object]]) -> str:
    return ", ".join(f"{nom} : {nombre(v) if isinstance(v, float | int) else v}" for nom, v in dits)


def _replier(paragraphe: str) -> str:
    return textwrap.fill(paragraphe, LARGEUR, subsequent_indent="  ", break_long_words=False)


def attendu(m: Mesure) -> str:
    sign = "≥" if m.target_is == "au moins" else "≤"
    return f"{sign} {nombre(m.target)}{' ×' if m.target_on == 'ratio' else ''}"


def tenu(m: Mesure) -> str:
    if m.gate:
        return "oui" if m.holds else "NON"
    return "visé+" if m.holds else "visé"


def _rapport(m: Mesure) -> str:
    return "" if m.ratio is None else f"{nombre(m.ratio)} ×"


def etendue(runs: Sequence[float]) -> str:
    """« 31 200 – 35 400 »; nothing of a single run."""
    return f"{nombre(min(runs))} – {nombre(max(runs))}" if len(runs) > 1 else ""


def nombre(value: float | None) -> str:
    """« 33 114 », « 1,23 »: three significant digits below a hundred, none after the comma above."""
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.3g}"
    return text.replace(",", "\u202f").replace(".", ",")


# The file


def ecrire_markdown(mesures: Sequence[Mesure], contexte: Mapping[str, object], sortie: Path) -> None:
    """The same as a page to be read or sent."""
    tete = (
        "mesure",
        "unité",
        "Maillage",
        "min – max",
        "en face",
        "min – max",
        "rapport",
        "attendu",
        "tenu",
        "en face de quoi",
    )
    lignes = [
        [
            m.measure, m.unit, nombre(m.ours), etendue(m.runs), nombre(m.peer), etendue(m.peer_runs), _rapport(m), attendu(m),
            tenu(m), m.against,
        ]
        for m in mesures
    ]  # fmt: skip
    details = [f"- **{m.measure}** : {_en_ligne(m.details.items())}" for m in _une_fois(mesures) if m.details]
    parties = [
        "# Ce que Maillage doit tenir",
        verdict(mesures),
        "\n".join([_tube(tete), _tube(["---"] * len(tete)), *map(_tube, lignes)]),
        LEGENDE,
        "## Détails",
        "\n".join(details),
        "## Mesuré sur",
        "\n".join(
            [_tube(("quoi", "valeur")), _tube(("---", "---")), *(_tube((k, str(v))) for k, v in contexte.items())]
        ),
    ]
    sortie.parent.mkdir(parents=True, exist_ok=True)
    sortie.write_text("\n\n".join(parties) + "\n")


def _tube(cases: Iterable[str]) -> str:
    return f"| {' | '.join(case.replace('|', chr(92) + '|') for case in cases)} |"
