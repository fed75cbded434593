"""The OpenAPI documents of the services, written beside the other contracts.

`python -m deploy.schemas` writes contracts/schemas/openapi/<service>.json; with `--verifier` it only compares and exits 1
when one is stale. It lives here because contracts/ imports no service. Each service answers for itself through
`services.<service>.app:openapi() -> dict`; one that does not is an error, never passed over.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.generer import SCHEMAS, rendre

SERVICES = ("dossiers", "partenaires", "notifications")
OPENAPI = SCHEMAS / "openapi"


class SansOpenapi(Exception):
    """A service does not say what its API is; the message says which and why."""


def document(service: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a service. Raises SansOpenapi."""
    module = f"services.{service}.app"
    try:
        app = importlib.import_module(module)
    except ModuleNotFoundError as error:
        # The service's own missing dependency is a fault to see in full, not « no such service ».
        if error.name is None or not module.startswith(error.name):
            raise
        raise SansOpenapi(f"{module} n'existe pas") from None
    openapi = getattr(app, "openapi", None)
    if not callable(openapi):
        raise SansOpenapi(f"{module} n'a pas de fonction openapi()")
    decrit = openapi()
    if not isinstance(decrit, dict) or not str(decrit.get("openapi", "")).startswith("3.1"):
        raise SansOpenapi(f"{module}.openapi() ne rend pas un document OpenAPI 3.1")
    return decrit


def documents(services: Sequence[str] = SERVICES) -> dict[str, str]:
    """The text of every service's document, by file name."""
    return {f"{service}.json": rendre(document(service)) for service in services}


def perimes(dossier: Path, textes: Mapping[str, str]) -> list[str]:
    """Documents that are missing, stale, or of no service, in French."""
    problemes = []
    for nom, texte in textes.items():
        fichier = dossier / nom
        if not fichier.exists() or fichier.read_text() != texte:
            problemes.append(f"openapi/{nom} : n'est plus à jour → python -m deploy.schemas")
    inconnus = {fichier.name for fichier in dossier.glob("*")} - textes.keys()
    return problemes + [f"openapi/{nom} : aucun service de ce nom" for nom in sorted(inconnus)]


def main(arguments: Sequence[str] | None = None, dossier: Path = OPENAPI, services: Sequence[str] = SERVICES) -> int:
    parser = argparse.ArgumentParser(description="Écrit les documents OpenAPI des services.")
    parser.add_argument("--verifier", action="store_true", help="compare seulement, sans rien écrire")
    options = parser.parse_args(arguments)
    try:
        textes = documents(services)
    except SansOpenapi as error:
        print(f"OpenAPI : {error}", file=sys.stderr)
        return 1
    if not options.verifier:
        dossier.mkdir(parents=True, exist_ok=True)
        for nom, texte in textes.items():
            (dossier / nom).write_text(texte)
    problemes = perimes(dossier, textes)
    if problemes:
        print("OpenAPI :", *problemes, sep="\n  ", file=sys.stderr)
        return 1
    print(f"OpenAPI : {len(textes)} document(s) à jour.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
