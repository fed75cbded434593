"""Writes what is derived from the contracts: JSON Schemas, AsyncAPI, first fixtures, the index of codes.

`python -m contracts.generer`. A schema once published binds those who read it: a breaking change of a published version
is refused, nothing is written, and the message says what to do. What no release carried may be deleted and made again.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from contracts import asyncapi, codes, exemples
from contracts.catalogue import CATALOGUE, Catalogue
from contracts.compatibilite import Schema, ruptures
from contracts.envelope import chemin_du_schema, dataschema
from contracts.message import Message

RACINE = Path(__file__).parent
SCHEMAS, FIXTURES = RACINE / "schemas", RACINE / "fixtures"

_REMEDE = (
    "donnez à la classe un nouveau schema_version et écrivez le passage dans contracts/versions.py ; si aucune version "
    "diffusée ne porte encore ce schéma, supprimez-le avec sa fixture, puis régénérez"
)


def rendre(document: Any) -> str:
    """The text of a generated file: readable, accents kept, the same on every machine."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def schema(service: str, classe: type[Message]) -> Schema:
    """The JSON Schema 2020-12 of an event's current version. Raises KeyError for a Code field whose type names no list."""
    _, composants = msgspec.json.schema_components([classe], ref_template="#/$defs/{name}")
    for nom, composant in composants.items():
        if "description" in composant:
            composant["description"] = inspect.cleandoc(composant["description"])
        for champ, propriete in composant.get("properties", {}).items():
            _exiger_la_liste(propriete, f"{nom}.{champ}")
    corps = composants.pop(classe.__name__)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": dataschema(service, classe.__name__, classe.schema_version),
        **corps,
        "title": classe.titre,
    }
    return {**document, "$defs": composants} if composants else document


def _exiger_la_liste(propriete: Schema, champ: str) -> None:
    if propriete.get("x-code") and "x-liste" not in propriete:
        raise KeyError(f"{champ} : son type ne dit pas de quelle liste viennent ses codes (contracts/listes.py)")
    for dessous in [propriete.get("items"), *propriete.get("anyOf", ())]:
        if isinstance(dessous, dict):
            _exiger_la_liste(dessous, champ)


def produire(catalogue: Catalogue = CATALOGUE) -> dict[str, Schema]:
    """Every generated schema document, by its path under contracts/schemas/."""
    documents: dict[str, Schema] = {}
    for service, classes in catalogue.items():
        for classe in classes:
            # A default such as a tuple reads as the JSON it is published as, so that it compares with what was.
            document = json.loads(rendre(schema(service, classe)))
            documents[chemin_du_schema(document["$id"])] = document
        documents[f"asyncapi/{service}.json"] = asyncapi.document(service, classes)
    return documents


def premieres_fixtures(catalogue: Catalogue = CATALOGUE) -> dict[str, dict[str, Any]]:
    """A synthetic event of every current version, by its path under contracts/fixtures/."""
    return {
        f"{service}/{classe.__name__}.v{classe.schema_version}.json": exemples.exemple(classe)
        for service, classes in catalogue.items()
        for classe in classes
    }


def index_des_codes(listes: dict[str, codes.Liste]) -> dict[str, list[str]]:
    return {nom: list(liste) for nom, liste in listes.items()}


def refus_schemas(dossier: Path, produits: dict[str, Schema]) -> list[str]:
    """Why what is published in `dossier` forbids what was produced; empty when nothing does."""
    refus = []
    noms = {chemin.partition(".v")[0]: chemin for chemin in produits}
    for fichier in sorted(dossier.glob("*/*.v*.json")):
        chemin = fichier.relative_to(dossier).as_posix()
        nom, _, version = chemin.removesuffix(".json").partition(".v")
        if nom not in noms:
            refus.append(f"{chemin} : un événement publié ne disparaît pas")
        elif chemin in produits:
            trouvees = ruptures(json.loads(fichier.read_text()), produits[chemin])
            refus += [f"{chemin} : {rupture} → {_REMEDE}" for rupture in trouvees]
        elif int(version) > int(noms[nom].removesuffix(".json").partition(".v")[2]):
            refus.append(f"{chemin} : la classe est revenue à une version antérieure")
    return refus


def refus_codes(index: Path, listes: dict[str, codes.Liste]) -> list[str]:
    """Which published codes are no longer in their list: a code is retired, never deleted."""
    publies: dict[str, list[str]] = json.loads(index.read_text()) if index.exists() else {}
    return [
        f"codes/{nom} : le code « {code} » a été supprimé → remettez-le, avec une date dans retire_le"
        for nom, attendus in publies.items()
        for code in attendus
        if code not in listes.get(nom, ())
    ]


def main(
    schemas: Path = SCHEMAS, fixtures: Path = FIXTURES, index: Path = codes.INDEX, catalogue: Catalogue = CATALOGUE
) -> int:
    """Write everything that is missing or stale; refuse, and write nothing, when something published would break."""
    produits, listes = produire(catalogue), codes.charger()
    if refus := refus_schemas(schemas, produits) + refus_codes(index, listes):
        print("Refusé, rien n'est écrit :", *refus, sep="\n  ", file=sys.stderr)
        return 1
    ecrits = [_ecrire(schemas / chemin, rendre(document)) for chemin, document in produits.items()]
    ecrits.append(_ecrire(index, rendre(index_des_codes(listes))))
    for chemin, donnees in premieres_fixtures(catalogue).items():
        # A fixture is what was once written: it is never made again.
        if not (fixtures / chemin).exists():
            ecrits.append(_ecrire(fixtures / chemin, rendre(donnees)))
    print(f"{sum(ecrits)} fichier(s) écrit(s), {len(ecrits) - sum(ecrits)} inchangé(s).")
    return 0


def _ecrire(fichier: Path, texte: str) -> bool:
    if fichier.exists() and fichier.read_text() == texte:
        return False
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_text(texte)
    return True


if __name__ == "__main__":
    sys.exit(main())
