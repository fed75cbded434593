"""The communes of France by their INSEE code: a dossier holds the code, people read and type the name.

communes.tsv holds a code, a tab and a name per line, the arrondissements of Paris, Lyon and Marseille included: the Code
officiel géographique (Insee, Licence Ouverte 2.0) as Etalab publishes it in the npm package @etalab/decoupage-administratif
(6.0.0). A merged commune keeps its code in old dossiers and has no name here any more. Each year
`python -m contracts.communes data/communes.json` makes it again from that package.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FICHIER = Path(__file__).with_name("communes.tsv")
_GARDEES = frozenset({"commune-actuelle", "arrondissement-municipal"})


@cache
def communes() -> Mapping[str, str]:
    """Code → name, 35 000 of them; read once per process (20 ms)."""
    return dict(ligne.split("\t") for ligne in FICHIER.read_text(encoding="utf-8").splitlines())


def nom(code: str) -> str:
    """The commune's name; empty when the code has none (any more)."""
    return communes().get(code, "")


def _ecrire(source: Path) -> None:
    lues = json.loads(source.read_text(encoding="utf-8"))
    noms = {c["code"]: c["nom"] for c in lues if c["type"] in _GARDEES}
    FICHIER.write_text("".join(f"{code}\t{noms[code]}\n" for code in sorted(noms)), encoding="utf-8")


if __name__ == "__main__":
    _ecrire(Path(sys.argv[1]))
