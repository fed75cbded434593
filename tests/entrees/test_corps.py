"""Bodies nobody should send, to every command of every service: refused with a stable code, and nothing stored."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.entrees.requetes import AVEC_CORPS, POSTES, Place, nom, refuse
from tests.frontieres.exploration import Point, documents
from tests.frontieres.partage import COMMANDES, SERVICES_ENTRE_EUX

pytestmark = pytest.mark.usefixtures("rien_n_est_enregistre")


# Whole bodies

ILLISIBLES = {
    "vide": b"",
    "tronque": b'{"motifs": [',
    "pas du json": b"motifs=impayes",
    "deux valeurs": b"{} {}",
    "nan": b'{"score": NaN}',
    "latin-1": '{"nom": "é"}'.encode("latin-1"),
    "utf-16": '{"nom": "e"}'.encode("utf-16"),
    "octet nul": b'{"nom": "a\x00b"}',
    "utf-16 sans marque": "{}".encode("utf-16-be"),
    "utf-32": "{}".encode("utf-32"),
}
MAL_FORMES = {"null": b"null", "liste": b"[]", "texte": b'"x"', "nombre": b"12", "inconnu": b'{"champ_inconnu": 1}'}
TROP_PROFONDS = (b"[" * 60_000 + b"]" * 60_000, b'{"a":' * 30_000)
AUTRES_FORMATS = (
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
)


@pytest.mark.parametrize("point", AVEC_CORPS, ids=nom)
async def test_un_corps_qui_n_en_est_pas_un(place: Place, point: Point) -> None:
    for quoi, contenu in ILLISIBLES.items():
        code = refuse(point, await place.envoyer(point, contenu), 400, 422)
        assert code in ("corps_illisible", "champs_invalides"), quoi
    for quoi, contenu in MAL_FORMES.items():
        assert refuse(point, await place.envoyer(point, contenu), 422) == "champs_invalides", quoi


@pytest.mark.parametrize("point", POSTES, ids=nom)
async def test_un_corps_demesure(place: Place, point: Point) -> None:
    """Ten megabytes, announced or not; sixty thousand levels; another kind."""

    async def par_morceaux() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"a" * 65_536

    headers = {**place.terrain.lieu.jeton(place.qui(point)), "Content-Type": "application/json"}
    client = place.terrain.lieu.clients[point.service]
    for contenu in (b" " * 10_000_000, par_morceaux()):
        reponse = await client.post(place.adresse(point), content=contenu, headers=headers)
        assert refuse(point, reponse, 413) == "corps_trop_grand"
    for profond in TROP_PROFONDS:
        assert refuse(point, await place.envoyer(point, profond), 400) == "corps_trop_profond"
    for genre in AUTRES_FORMATS:
        reponse = await place.envoyer(point, b"{}", Content_Type=genre)
        assert refuse(point, reponse, 415) == "format_non_pris_en_charge"


# One value of a body

SCELLE = "chiffre:1:" + "0" * 32 + ":" + "1" * 32 + ":AAAA"
"""What a sealed text looks like: typed, it would be opened for whoever reads it."""

IMPOSSIBLES: tuple[Any, ...] = (
    {"a": 1},
    [[1]],
    "nul\x00",
    "seul \ud800",
    "\udfff",
    "cloche \x07",
    10**30,
    -(10**30),
    1.5,
    "9" * 20_000,
    SCELLE,
    "  " + SCELLE,
)
"""What fits no field: a wrong shape, what no text may hold, what no number or date is."""

AUTRES_TYPES: Mapping[type, tuple[Any, ...]] = {
    bool: ("true", "oui", 1, 0.0),
    int: ("3", True, 3.5, "3.0"),
    str: (True, 3),
}
"""What would only fit once turned into something else."""

PAS_DES_DATES = (
    0,
    1_767_225_600,
    "2026-01-05T00:00:00",
    "0000-00-00",
    "2026-02-30",
    "10000-01-01",
    "2026-13-01",
    "hier",
    "-2026-01-01",
    "99999999",
    "2026-01-05T25:00:00Z",
)
Chemin = tuple[str | int, ...]


@pytest.mark.parametrize("point", AVEC_CORPS, ids=nom)
async def test_une_valeur_impossible(place: Place, point: Point) -> None:
    """In each field of each command, each value that fits none."""
    corps = place.corps[point.commande]
    for chemin, valeur in _feuilles(corps):
        for impossible in (*IMPOSSIBLES, *AUTRES_TYPES[type(valeur)], *(PAS_DES_DATES if _est_date(valeur) else ())):
            if chemin == ("sujet",) and impossible in ("  " + SCELLE, SCELLE):
                continue  # an identity provider's own word, which no answer ever shows
            reponse = await place.envoyer(point, json.dumps(_avec(corps, chemin, impossible)).encode())
            assert refuse(point, reponse, 422) == "champs_invalides", (chemin, impossible)
            assert "\\u0000" not in reponse.text


JAMAIS = ("0001-01-01", "1899-12-31", "9999-12-31")
DEMAIN = "2026-01-06"


DES_GENS = [p for p in AVEC_CORPS if COMMANDES[p.service, p.gabarit] != SERVICES_ENTRE_EUX]
"""Not the clock's: a date that is not the one due is nothing to find, which is no error."""

DEJA_DITES = {"recueillir-adhesion", "recueillir-consentement", "tenir-rendez-vous"}
"""What is there already stays as it is, whatever the day it is said again."""


@pytest.mark.parametrize("point", DES_GENS, ids=nom)
async def test_un_jour_hors_du_temps(place: Place, point: Point) -> None:
    """A day that exists, and on which nothing of this can be: refused by the rules, never an error of the calendar."""
    corps: Any = place.corps[point.commande]
    for chemin, valeur in _feuilles(corps):
        for jour in JAMAIS if _est_date(valeur) else ():
            refuse(point, await place.envoyer(point, json.dumps(_avec(corps, chemin, jour)).encode()), 409, 422)
    if "le" in _champs(point) and point.commande not in DEJA_DITES:
        for jour in (*JAMAIS, DEMAIN):
            refuse(point, await place.envoyer(point, json.dumps({**corps, "le": jour}).encode()), 409, 422)


def _champs(point: Point) -> set[str]:
    """The names of a command's fields, as its document says."""
    document = documents()[point.service]
    schema = document["paths"][point.gabarit]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return set(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]].get("properties", ()))


def _est_date(valeur: object) -> bool:
    return isinstance(valeur, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", valeur) is not None


def _feuilles(valeur: Any, chemin: Chemin = ()) -> Iterator[tuple[Chemin, Any]]:
    """Each value that holds no other, and where it is."""
    match valeur:
        case dict():
            dedans = list(valeur.items())
        case list():
            dedans = list(enumerate(valeur))
        case _:
            yield chemin, valeur
            return
    for pas, element in dedans:
        yield from _feuilles(element, (*chemin, pas))


def _avec(corps: Any, chemin: Chemin, valeur: Any) -> Any:
    """The body with one value replaced."""
    change = ici = deepcopy(corps)
    for pas in chemin[:-1]:
        ici = ici[pas]
    ici[chemin[-1]] = valeur
    return change
