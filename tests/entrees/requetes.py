"""How a request nobody should send is sent, and what its refusal looks like.

Each is sent by an account that may ask what it asks, about something that exists: what is refused is the request itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import uuid4

import httpx
from msgspec import Struct

from deploy.catalogue import SERVICES
from services.socle.web.messages import MOTIFS
from tests.frontieres.exploration import Point, points
from tests.frontieres.partage import COMMANDES
from tests.frontieres.terrain import Terrain
from tests.monde import Monde

LUS, POSTES = points("get"), points("post")

SANS_CLE = frozenset({"/v1/recherche", "/v1/doublons", "/v1/echeancier/rattraper"})
"""Questions asked with POST: they change nothing and bear no command's id."""

SANS_CORPS = frozenset({"/v1/echeancier/rattraper", "/v1/boite/{message}/lire"})
"""The address says all: no body is read."""

COMMANDES_A_CLE = [point for point in POSTES if point.gabarit not in SANS_CLE]
AVEC_CORPS = [point for point in POSTES if point.gabarit not in SANS_CORPS]

CODES = {service: {*MOTIFS, *definition.motifs} for service, definition in SERVICES.items()}
"""Every code a service publishes."""

_DEMANDEURS = {
    "/v1/etat": "exploitant",
    "/v1/flux": "etat.analyste",
    "/v1/flux/{convention}": "etat.analyste",
    "/v1/orientations": "semis.agent",
    "/v1/orientations/comptes": "semis.agent",
    "/v1/dossiers/{dossier}/clore": "tremplin17.referent",
}


class Place(Struct, frozen=True):
    """`ids`: what each kind of identifier in an address may name here; `etrangers`: the same in the other network.
    `corps`: a valid body of each command. `servies`: (service, organisation) → the ids of two commands it gave there."""

    monde: Monde
    terrain: Terrain
    ids: Mapping[str, str]
    etrangers: Mapping[str, str]
    corps: Mapping[str, object]
    servies: Mapping[tuple[str, str], Sequence[str]]

    def adresse(self, point: Point, **autres: str) -> str:
        """The point's address, about something that exists but for what `autres` say."""
        requis = "?annee=2026" if point.parametres.get("annee") else ""
        return point.gabarit.format(**{**self.ids, **autres}) + requis

    def qui(self, point: Point) -> str:
        """An account that may ask it."""
        if qui := _DEMANDEURS.get(point.gabarit):
            return qui
        if point.methode == "post":
            return next(iter(COMMANDES[point.service, point.gabarit]), "tremplin17.referent")
        return "semis.responsable" if point.service == "partenaires" else "tremplin17.referent"

    async def envoyer(
        self, point: Point, contenu: bytes | None = None, adresse: str | None = None, **en_tetes: str | None
    ) -> httpx.Response:
        """One request, valid but for what is given. A header given as None is not sent."""
        headers: dict[str, str | None] = {**self.terrain.lieu.jeton(self.qui(point))}
        if point.methode == "post":
            headers |= {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
            contenu = json.dumps(self.corps[point.commande]).encode() if contenu is None else contenu
        headers |= {nom.replace("_", "-"): valeur for nom, valeur in en_tetes.items()}
        return await self.terrain.lieu.clients[point.service].request(
            point.methode.upper(),
            adresse or self.adresse(point),
            content=contenu,
            headers={n.encode(): v.encode("latin-1") for n, v in headers.items() if v is not None},
        )


def nom(point: Point) -> str:
    """A test's id."""
    return f"{point.methode}:{point.service}{point.gabarit}"


def refuse(point: Point, reponse: httpx.Response, *statuts: int) -> str:
    """The answer is a refusal the service publishes, with one of these statuses; its code."""
    assert reponse.status_code in (statuts or range(400, 500)), reponse.text
    assert reponse.headers["content-type"] == "application/problem+json"
    probleme = reponse.json()
    assert probleme["status"] == reponse.status_code
    assert probleme["code"] in CODES[point.service]
    assert probleme["title"]
    assert probleme["detail"].endswith(".")
    assert "…" not in probleme["detail"], "a detail is missing from the sentence"
    return str(probleme["code"])
