"""The shell of every service's API: one factory for the app, and the few parameters and answers its endpoints share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol, TypeAlias
from uuid import UUID

import msgspec
from fastapi import FastAPI, Header, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.socle.facts.refusal import Motif
from services.socle.keys import erased as efface
from services.socle.web import errors as erreurs
from services.socle.web.asgi import Circonstances, Garde
from services.socle.web.auth import Authentification
from services.socle.web.problem import TYPE, Probleme, Problemes
from services.socle.web.shapes import TEXTE, objet, par, repond

Verification: TypeAlias = tuple[str, Callable[[], Awaitable[object]]]
"""What must answer for the service to be ready: a name, and a call that raises when it does not."""

# Parameters


CleIdempotence: TypeAlias = Annotated[
    UUID, Header(alias="Idempotency-Key", description="UUID nouveau pour chaque demande ; le même pour la réessayer.")
]
"""The command's id."""


_SiVersion: TypeAlias = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(W/)?"[0-9]{1,9}"$',
        description="ETag de la version que la personne avait sous les yeux.",
    ),
]


async def si_version(if_match: _SiVersion = None) -> int | None:
    """FastAPI dependency: the version the person had in view, from If-Match. Asynchronous: see service.moyens."""
    return None if if_match is None else int(if_match.removeprefix("W/").strip('"'))


AuMoins: TypeAlias = Annotated[
    int | None, Query(ge=0, le=2**31 - 1, description="Version que la réponse doit refléter, si possible.")
]
"""`au_moins: AuMoins = None`: read your own writes."""


# Answers


class Aboutie(Protocol):
    """What a command came to (handle.Issue)."""

    @property
    def stream(self) -> UUID: ...
    @property
    def version(self) -> int: ...


class Effet(BaseModel):
    """The answer to a command; declare it with `response_model=Effet`."""

    id: UUID
    version: int


def repondre(issue: Aboutie, statut: int = 200) -> Response:
    """The command's answer, with the ETag that the next If-Match will carry."""
    return json({"id": issue.stream, "version": issue.version}, statut, {"ETag": f'"{issue.version}"'})


def json(body: Any, statut: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer: dicts, lists, msgspec Structs, UUIDs, dates, erased data."""
    return Response(
        msgspec.json.encode(body, enc_hook=efface.enc_hook), statut, dict(headers or {}), "application/json"
    )


def fraicheur(version: int, perime: bool) -> dict[str, str]:
    """The headers of an answer about one stream: the version it shows, and whether a newer one was asked for."""
    return {"Maillage-Version": str(version), "ETag": f'"{version}"', **({"Maillage-Perime": "oui"} if perime else {})}


# The application


def application(
    titre: str,
    *,
    motifs: Mapping[str, Motif],
    authentification: Authentification | None = None,
    pret: Sequence[Verification] = (),
    lifespan: Any = None,  # Starlette's Lifespan: its type parameter has no use here
    version: str = "1",
) -> FastAPI:
    """An app with the common limits, errors, health and metrics; the service adds its routers.

    `motifs`: the service's own refusals. `pret`: what /sante/pret asks. Without `authentification`, endpoints that ask
    for an ActeurConnu fail: set `app.state.authentification` before serving.
    """
    problemes = Problemes(motifs)
    app = FastAPI(
        title=titre,
        version=version,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from a third party
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": _documente("Refus"), "5XX": _documente("Panne")},
    )
    app.state.authentification = authentification
    app.add_middleware(Garde, problemes=problemes)
    app.add_middleware(Circonstances, problemes=problemes)
    erreurs.brancher(app, problemes)
    sante(app, pret)
    _openapi(app)
    return app


_ETATS = objet(etat=TEXTE, verifications=par(TEXTE))
_PRET = {**repond(_ETATS), **repond(_ETATS, 503, "Quelque chose dont il dépend manque")}


def sante(app: FastAPI, pret: Sequence[Verification]) -> None:
    """/sante/vif, /sante/pret and /metrics, as every process of ours answers them."""

    @app.get("/sante/vif", tags=["santé"])
    async def vif() -> dict[str, str]:
        """Le processus répond."""
        return {"etat": "vif"}

    @app.get("/sante/pret", tags=["santé"], responses=_PRET)
    async def pret_a_servir() -> Response:
        """Le processus et ce dont il dépend répondent."""
        etats = dict(await asyncio.gather(*(_etat(nom, verifier) for nom, verifier in pret)))
        tout = all(etat == "ok" for etat in etats.values())
        return json({"etat": "pret" if tout else "pas_pret", "verifications": etats}, 200 if tout else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _etat(nom: str, verifier: Callable[[], Awaitable[object]]) -> tuple[str, str]:
    try:
        async with asyncio.timeout(2):
            await verifier()
    except Exception as error:  # noqa: BLE001 - whatever the reason, it is not ready
        return nom, type(error).__name__
    return nom, "ok"


def _documente(description: str) -> dict[str, Any]:
    return {"description": description, "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Probleme"}}}}


def _openapi(app: FastAPI) -> None:
    """Adds the problem's schema, which FastAPI only knows to publish as `application/json`."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        _, schemas = models_json_schema([(Probleme, "serialization")], ref_template="#/components/schemas/{model}")
        document.setdefault("components", {}).setdefault("schemas", {}).update(schemas["$defs"])
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI's documentation gives
