"""The seams between a route, its command, its chapter and what it needs from outside hold at type-checking time: a command
that nobody handles does not compile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("processus")

RACINE = Path(__file__).parents[2]

SAIN = """
from typing import Protocol, TypeAlias, assert_never
from uuid import UUID

from contracts.message import Message
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste, geste_avec
from services.socle.facts.command import Commande
from services.socle.web.acts import Actes


class Fait(Message, frozen=True):
    n: int


class Faire(Commande):
    n: int


class Defaire(Commande):
    n: int


class DefaireConnu(Commande):
    demande: Defaire
    connu: bool


class Registre(Protocol):
    async def connait(self, n: int) -> bool: ...


Command: TypeAlias = Faire | DefaireConnu


async def completer(c: Defaire, total: int, acte: Acte, dehors: Registre) -> DefaireConnu:
    return DefaireConnu(demande=c, connu=await dehors.connait(c.n))


def decide(command: Command, total: int, acte: Acte) -> list[Fait]:
    match command:
        case Faire(n=n):
            return [Fait(n)]
        case DefaireConnu(demande=demande):
            return [Fait(-demande.n)]
        case jamais:
            assert_never(jamais)


chapitre: Chapter[Command, int, Fait, Fait, Registre] = Chapter(
    Fait,
    0,
    lambda total, fait: total + fait.n,
    decide,
    gestes=(
        geste("faire", Faire, "Fait.", lambda total: Faire(n=total)),
        geste_avec("defaire", Defaire, completer, "Défait.", lambda total: Defaire(n=total)),
    ),
)


class Dehors:
    async def connait(self, n: int) -> bool:
        return n > 0


ACTES: Actes[Fait, Dehors] = Actes("choses", "chose", chapitre.acts, lambda acte: acte.commande)
"""

FAUTES = {
    "une commande que personne ne traite": (
        "        case Faire(n=n):\n            return [Fait(n)]\n", "", "assert_never",
    ),
    "une commande qui n'est pas du chapitre": (
        'geste("faire", Faire,', 'geste("faire", Defaire,', "arg-type|list-item",
    ),
    "une commande qui arrive sans ce qu'il lui faut": (
        'geste_avec("defaire", Defaire, completer, "Défait."', 'geste("defaire", Defaire, "Défait."', "arg-type|list-item",
    ),
    "un essai d'une autre commande": (
        "lambda total: Defaire(n=total)", "lambda total: Faire(n=total)", "arg-type|return-value",
    ),
    "un dehors qui ne répond pas": (
        "async def connait(self, n: int) -> bool:\n        return n > 0", "pass", "arg-type",
    ),
    "un dehors qui répond autre chose": ("-> bool:\n        return n > 0", "-> str:\n        return str(n)", "arg-type"),
    "un événement d'un autre chapitre": ("return [Fait(n)]", "return [Acte]", "list-item"),
}  # fmt: skip
"""What is undone, by what, and what the type checker says of it."""


def _mypy(tmp_path: Path, texte: str) -> str:
    fichier = tmp_path / "couture.py"
    fichier.write_text(texte)
    cache = RACINE / "build" / "mypy-coutures"
    sur = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(cache),
        "--follow-imports",
        "silent",
        str(fichier),
    ]
    rendu = subprocess.run(sur, cwd=RACINE, capture_output=True, text=True, check=False)
    return rendu.stdout + rendu.stderr


def test_un_chapitre_bien_cousu_compile(tmp_path: Path) -> None:
    assert "Success" in _mypy(tmp_path, SAIN)


def test_chaque_couture_defaite_se_voit(tmp_path: Path) -> None:
    """All faults in one run of the type checker, each in a copy of its own."""
    for nom, (avant, apres, _) in FAUTES.items():
        assert avant in SAIN, nom
        numero = list(FAUTES).index(nom)
        (tmp_path / f"faute_{numero}.py").write_text(SAIN.replace(avant, apres))
    cache = RACINE / "build" / "mypy-coutures"
    fautes = sorted(str(f) for f in tmp_path.glob("faute_*.py"))
    sur = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), "--follow-imports", "silent", *fautes]
    rendu = subprocess.run(sur, cwd=RACINE, capture_output=True, text=True, check=False).stdout
    for numero, (nom, (_, _, codes)) in enumerate(FAUTES.items()):
        siennes = [ligne for ligne in rendu.splitlines() if f"faute_{numero}.py" in ligne and " error: " in ligne]
        assert siennes, f"{nom} : rien n'est vu\n{rendu}"
        vues = "assert_never" if any("assert_never" in ligne for ligne in siennes) else " ".join(siennes)
        assert any(code in vues for code in codes.split("|")), f"{nom} :\n" + "\n".join(siennes)
