"""Asking the other services to record what the calendar has in store, under the clock's own account.

Only an answer about the rule itself settles a task. Anything else (no answer, an overload, an account that is not let in
yet) says nothing about it: the same request is made again later, under the same command id.
"""

from __future__ import annotations

import time
from typing import Any, TypeAlias
from uuid import UUID

import httpx
from msgspec import Struct

from services.socle.base import tracing
from services.socle.base.settings import PREFIXE, ReglageInvalide, Settings

TROP_TOT = frozenset({"pas_encore_du", "convention_pas_commencee", "convention_en_cours"})
"""What a service says while its own clock has not come to the day: it decides, and will be asked again."""

_REGLE = frozenset({400, 409, 410, 412, 422})
"""Statuses of a refusal by the rules. 401, 403 and 404 are about our account: what we ask about surely exists."""

_MARGE = 30.0


class Faite(Struct, frozen=True):
    """Done, now or before: the stream is at `version` for it."""

    version: int


class Refusee(Struct, frozen=True):
    """The rules say no; `code` says why."""

    code: str


Reponse: TypeAlias = Faite | Refusee


class PasDeReponse(Exception):
    """Nothing is known of the request; the message is a code, for the log."""


class Services:
    """The APIs of `dossiers` and `partenaires`. Raises ReglageInvalide when the settings do not say where they are."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._client = client
        self._urls = {
            "dossiers": _exiger("url_dossiers", settings.url_dossiers),
            "partenaires": _exiger("url_partenaires", settings.url_partenaires),
        }
        self._jeton_url = _exiger("jeton_url", settings.jeton_url)
        secret = settings.jeton_secret.get_secret_value() if settings.jeton_secret else ""
        self._compte = {
            "grant_type": "client_credentials",
            "client_id": _exiger("jeton_client", settings.jeton_client),
            **({"client_secret": secret} if secret else {}),
        }
        self._jeton, self._jusqu_a = "", 0.0

    async def demander(self, service: str, chemin: str, corps: Any, commande: UUID) -> Reponse:
        """POST one command. Raises PasDeReponse."""
        try:
            authorization = f"Bearer {await self._signe()}"
            with tracing.span(f"POST {service}", tracing.SpanKind.CLIENT):
                headers = {"Idempotency-Key": str(commande), "Authorization": authorization, **tracing.headers()}
                answer = await self._client.post(f"{self._urls[service]}{chemin}", json=corps, headers=headers)
            return self._lire(answer)
        except httpx.HTTPError as error:
            raise PasDeReponse(type(error).__name__) from error

    def _lire(self, answer: httpx.Response) -> Reponse:
        try:
            body = answer.json()
            if answer.is_success:
                return Faite(int(body["version"]))
            code = str(body["code"])
        except (ValueError, KeyError, TypeError):  # a proxy's page, not a service's answer
            raise PasDeReponse(f"http_{answer.status_code}") from None
        if answer.status_code in _REGLE:
            return Refusee(code)
        if answer.status_code == 401:
            self._jusqu_a = 0.0
        raise PasDeReponse(code)

    async def _signe(self) -> str:
        """The account's token, asked for anew before it expires. Raises httpx.HTTPError, PasDeReponse."""
        if time.monotonic() > self._jusqu_a:
            answer = (await self._client.post(self._jeton_url, data=self._compte)).raise_for_status()
            try:
                body = answer.json()
                self._jeton = str(body["access_token"])
                self._jusqu_a = time.monotonic() + float(body["expires_in"]) - _MARGE
            except (ValueError, KeyError, TypeError):
                raise PasDeReponse("jeton_illisible") from None
        return self._jeton


def _exiger(nom: str, valeur: str | None) -> str:
    if not valeur:
        raise ReglageInvalide(f"{PREFIXE}{nom.upper()} : variable absente.")
    return valeur
