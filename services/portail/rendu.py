"""From what a route knows to the page people see: templates, their filters, and where the built styles and scripts are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension

from services.portail import libelles
from services.socle.base.settings import ReglageInvalide

ICI = Path(__file__).parent
CONSTRUITS = ICI.parents[1] / "build" / "portail"

_MORCEAUX = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>)", re.DOTALL)


class Typographie(Extension):
    """French punctuation keeps its word: the space before « : ; ! ? » never breaks a line. The templates' own text only,
    so that nothing a person typed is changed."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        parts = _MORCEAUX.split(source)
        parts[::2] = [libelles.espaces(part) for part in parts[::2]]
        return "".join(parts)


class Statiques:
    """The built files. Raises ReglageInvalide when they were not built."""

    def __init__(self, dossier: Path | None) -> None:
        self.dossier = dossier or CONSTRUITS
        try:
            self._manifeste = msgspec.json.decode((self.dossier / "manifest.json").read_bytes(), type=dict[str, str])
        except OSError as error:
            raise ReglageInvalide(
                "Les styles et scripts des pages ne sont pas construits : lancez « make portail »."
            ) from error

    def adresse(self, nom: str) -> str:
        return f"/statique/{self._manifeste[nom]}"

    def connus(self) -> frozenset[str]:
        return frozenset(self._manifeste.values())


def environnement(statiques: Statiques) -> Environment:
    env = Environment(
        loader=FileSystemLoader(ICI / "gabarits"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Typographie, "jinja2.ext.do"],
    )
    env.filters.update(
        jour=libelles.jour,
        jour_saisi=libelles.jour_saisi,
        delai=libelles.delai,
        nombre=libelles.nombre,
        il_y_a=libelles.il_y_a,
        duree=libelles.duree,
        euros=libelles.euros,
        libelle=libelles.libelle,
        typographie=libelles.typographie,
        pluriel=libelles.pluriel,
    )
    env.globals.update(statique=statiques.adresse, nom_complet=libelles.nom_complet, en_date=libelles.en_date)
    return env


class Pages:
    """`rendre(gabarit, **donnees)` is the page's HTML."""

    def __init__(self, statiques: Statiques) -> None:
        self.statiques = statiques
        self._env = environnement(statiques)

    def rendre(self, gabarit: str, donnees: Mapping[str, Any]) -> str:
        return self._env.get_template(gabarit).render(donnees)
