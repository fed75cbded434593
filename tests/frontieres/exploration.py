"""Everything an account can ask the services, read from their OpenAPI documents: what is added tomorrow is asked too.

An address about something is asked about everything of its kind that exists, and about something that does not; a new kind
of thing stops the tests until it is named here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
from msgspec import Struct

from deploy.catalogue import SERVICES
from services.socle.service import document
from tests.frontieres.terrain import Terrain

INCONNU = str(UUID("00000000-0000-4000-8000-00000000dead"))
"""An id of nothing."""

ANNEE = "2026"


class Point(Struct, frozen=True):
    """One operation of one service. `parametres`: the query parameters, name → whether it must be given."""

    service: str
    methode: str
    gabarit: str
    parametres: Mapping[str, bool]

    @property
    def chose(self) -> str | None:
        """What the address is about: the name of its first identifier."""
        return self.gabarit.partition("{")[2].partition("}")[0] or None

    @property
    def commande(self) -> str:
        return self.gabarit.rpartition("/")[2]


Ids = Mapping[str, Sequence[str]]
"""Kind of thing → the ids there are, of both networks."""


@cache
def documents() -> dict[str, dict[str, Any]]:
    """Each service's OpenAPI document; making one costs half a second."""
    return {service: document(definition) for service, definition in SERVICES.items()}


@cache
def points(methode: str) -> list[Point]:
    """Every operation with this method, of every service of a deployment."""
    return [
        Point(
            service,
            methode,
            gabarit,
            {
                p["name"]: p.get("required", False)
                for p in operations[methode].get("parameters", ())
                if p["in"] == "query"
            },
        )
        for service, found in documents().items()
        for gabarit, operations in found["paths"].items()
        if methode in operations
    ]


def adresses(point: Point, ids: Ids) -> Iterator[str]:
    """Every address of a GET point worth asking: each thing of its kind, and each filter that takes an id."""
    for chemin in chemins(point, ids):
        requis = {nom: _requis(point, nom) for nom, required in point.parametres.items() if required}
        yield _avec(chemin, requis)
        if "limite" in point.parametres:
            yield _avec(chemin, requis | {"limite": "200"})
        for nom in point.parametres:
            for valeur in ids.get(nom, ()):
                yield _avec(chemin, requis | {nom: valeur})


def chemins(point: Point, ids: Ids) -> Iterator[str]:
    """The point's address, for each thing it can be about and one that does not exist."""
    noms = [part.partition("}")[0] for part in point.gabarit.split("{")[1:]]
    inconnus = set(noms) - set(ids)
    assert not inconnus, f"{point.gabarit}: say in tests/frontieres which things {sorted(inconnus)} name"
    for valeurs in product(*([*ids[nom], INCONNU] for nom in noms)):
        yield point.gabarit.format(**dict(zip(noms, valeurs, strict=True)))


def _requis(point: Point, nom: str) -> str:
    assert nom == "annee", f"{point.gabarit}: say in tests/frontieres what to give for {nom}"
    return ANNEE


def _avec(chemin: str, parametres: Mapping[str, str]) -> str:
    return f"{chemin}?{urlencode(parametres)}" if parametres else chemin


class Vue(Struct, frozen=True):
    """One answer. `octets`: all of it, headers and body."""

    service: str
    adresse: str
    statut: int
    octets: bytes
    corps: bytes


async def tout_lire(terrain: Terrain, sujet: str, ids: Ids, sauf: Container[str] = ()) -> list[Vue]:
    """Every answer `sujet` can get out of every GET of every service but those named."""
    adresses_ = [(p.service, adresse) for p in points("get") if p.service not in sauf for adresse in adresses(p, ids)]
    limite = asyncio.Semaphore(8)

    async def une(service: str, adresse: str) -> Vue:
        async with limite:
            return _vue(service, adresse, await terrain.lire(sujet, service, adresse))

    return list(await asyncio.gather(*(une(service, adresse) for service, adresse in adresses_)))


def _vue(service: str, adresse: str, reponse: httpx.Response) -> Vue:
    en_tetes = b"\n".join(name + b": " + value for name, value in reponse.headers.raw)
    return Vue(service, adresse, reponse.status_code, en_tetes + b"\n\n" + reponse.content, reponse.content)


def sans_correlation(reponse: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], Any]:
    """An answer without what changes at each request."""
    headers = [(n.lower(), v) for n, v in reponse.headers.raw if n.lower() not in (b"maillage-correlation", b"date")]
    body: Any = reponse.content
    if reponse.headers.get("content-type", "").startswith("application/problem"):
        correlation = reponse.json()["correlation"].encode()
        body = reponse.content.replace(correlation, b"")
    return reponse.status_code, headers, body
