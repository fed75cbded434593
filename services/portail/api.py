"""The services as the pages reach them: in the person's own name, so that a page can never see more than its reader may.

What a service answers becomes one of four things: an answer, a refusal to show on the form, a page that does not exist, or
« this service does not answer ».
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import msgspec
import structlog
from msgspec import Struct

from services.portail.libelles import typographie
from services.socle.base import tracing

log = structlog.get_logger()

DELAI = httpx.Timeout(10, connect=2)


class Champ(Struct, frozen=True):
    """A field the service refuses. `chemin`: JSON pointer into the command, such as /identite/nom."""

    chemin: str
    detail: str


class Effet(Struct, frozen=True):
    """What a command came to."""

    id: UUID
    version: int


class Refusee(Exception):
    """The service understood and says no: to be shown on the form, as it stands."""

    def __init__(self, statut: int, code: str, titre: str, detail: str, champs: tuple[Champ, ...] = ()) -> None:
        super().__init__(code)
        self.statut, self.code, self.titre, self.detail, self.champs = statut, code, titre, detail, champs


class Introuvable(Exception):
    """There is nothing there, or not for this person: the two are told the same way."""


class SansAcces(Exception):
    """The services do not take this person's token any more: removed, or ended at the provider's."""


class Indisponible(Exception):
    """A service does not answer, or breaks down. The same request may be sent again."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class _Probleme(Struct, frozen=True):
    code: str
    title: str
    detail: str
    champs: tuple[Champ, ...] = ()


class Api:
    """One person's way to the services, for one request. `urls`: service → address."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str], jeton: str, correlation: UUID) -> None:
        self._client, self._urls = client, urls
        self._headers = {"Authorization": f"Bearer {jeton}", "Maillage-Correlation": str(correlation)}

    async def lire(self, service: str, chemin: str, **params: Any) -> Any:
        """GET /v1{chemin}; a parameter None is left out. Raises Introuvable, SansAcces, Indisponible, Refusee."""
        given = {name: value for name, value in params.items() if value is not None}
        reponse = await self._demander(service, "GET", chemin, params=given)
        if reponse.status_code in (403, 404):
            raise Introuvable
        return _lue(service, reponse).json()

    async def liste(self, service: str, chemin: str, **params: Any) -> list[dict[str, Any]]:
        """All the pages of a list that is short by nature (conventions, members). Raises as `lire`."""
        found: list[dict[str, Any]] = []
        apres = None
        while True:
            page = await self.lire(service, chemin, apres=apres, limite=200, **params)
            found += page["elements"]
            apres = page["suivant"]
            if apres is None:
                return found

    async def chercher(self, service: str, chemin: str, corps: Any) -> Any:
        """A question whose words must not stand in an address: POST, but it changes nothing. Raises as `lire`."""
        body, headers = msgspec.json.encode(corps), {"Content-Type": "application/json"}
        reponse = await self._demander(service, "POST", chemin, content=body, headers=headers)
        if reponse.status_code in (403, 404):
            raise Introuvable
        return _lue(service, reponse).json()

    async def faire(self, service: str, chemin: str, corps: Any, commande: UUID, version: int | None = None) -> Effet:
        """POST a command. `commande` identifies it: sent twice, it acts once. `version`: what the person had in view.

        Raises Refusee, Introuvable, SansAcces, Indisponible.
        """
        headers = {"Idempotency-Key": str(commande), "Content-Type": "application/json"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        body = msgspec.json.encode(corps)
        reponse = await self._demander(service, "POST", chemin, content=body, headers=headers)
        if reponse.status_code == 404:
            raise Introuvable
        return msgspec.convert(_lue(service, reponse).json(), Effet, strict=False)

    async def _demander(self, service: str, methode: str, chemin: str, **options: Any) -> httpx.Response:
        url = self._urls.get(service)
        if url is None:
            raise Indisponible(service)
        try:
            with tracing.span(f"{methode} {service}", tracing.SpanKind.CLIENT):
                headers = {**self._headers, **tracing.headers(), **options.pop("headers", {})}
                return await self._client.request(
                    methode, f"{url}/v1{chemin}", headers=headers, timeout=DELAI, **options
                )
        except httpx.HTTPError as error:
            log.warning("service_indisponible", service_appele=service, erreur=type(error).__name__)
            raise Indisponible(service) from error


def _lue(service: str, reponse: httpx.Response) -> httpx.Response:
    """The answer, if it is one."""
    if reponse.status_code == 401:
        raise SansAcces
    if reponse.status_code >= 500:
        log.warning("service_indisponible", service_appele=service, statut=reponse.status_code)
        raise Indisponible(service)
    if reponse.is_error:
        try:
            said = msgspec.json.decode(reponse.content, type=_Probleme)
        except msgspec.MsgspecError as error:
            raise Indisponible(service) from error
        champs = tuple(Champ(champ.chemin, typographie(champ.detail)) for champ in said.champs)
        raise Refusee(reponse.status_code, said.code, typographie(said.title), typographie(said.detail), champs)
    return reponse
