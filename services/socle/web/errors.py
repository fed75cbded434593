"""From what went wrong inside to what the caller is told: no bad input ends in a 5xx, no failure tells its details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from services.socle.base.logging import ou
from services.socle.facts.append import UncertainWrite
from services.socle.facts.refusal import Refus
from services.socle.web.auth import EmetteurInjoignable
from services.socle.web.problem import Champ, Problemes, champs

log = structlog.get_logger()

INDISPONIBLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    ConnectionError,
    TimeoutError,
    PoolTimeoutError,
    UncertainWrite,
)
"""A database that is away, restarting or too slow: the same request may be sent again, and says so."""


def correlation(request: Request) -> UUID:
    """The id of this request, for Acte."""
    given: UUID = request.state.correlation
    return given


def brancher(app: FastAPI, problemes: Problemes) -> None:
    """Sets the app's exception handlers. What none of them takes becomes a 500 in asgi.Circonstances."""

    async def refus(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refus)
        statut = 412 if error.motif == "version_perimee" and "if-match" in request.headers else None
        return problemes.reponse(error.motif, correlation(request), details=error.details, statut=statut)

    async def invalide(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        code, listed = _invalide(error.errors())
        return problemes.reponse(code, correlation(request), champs=listed)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {400: "corps_illisible", 404: "adresse_inconnue", 405: "methode_refusee"}.get(error.status_code)
        return problemes.reponse(
            code or "requete_refusee", correlation(request), statut=error.status_code, headers=error.headers
        )

    async def absent(request: Request, error: Exception) -> Response:
        if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
            raise error  # not an outage: asyncpg refuses an argument we gave it
        log.warning("indisponible", erreur=type(error).__name__, ou=ou(error))
        code = "emetteur_injoignable" if isinstance(error, EmetteurInjoignable) else "indisponible"
        return problemes.reponse(code, correlation(request))

    async def base(request: Request, error: Exception) -> Response:
        """SQLAlchemy wraps the driver's errors; only those of a missing database are an outage."""
        assert isinstance(error, DBAPIError)
        cause = error.orig.__cause__ if error.orig else None
        if error.connection_invalidated or isinstance(cause, INDISPONIBLE):
            return await absent(request, error)
        raise error

    app.add_exception_handler(Refus, refus)
    app.add_exception_handler(RequestValidationError, invalide)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(DBAPIError, base)
    for missing in (*INDISPONIBLE, EmetteurInjoignable):
        app.add_exception_handler(missing, absent)


def _invalide(errors: Sequence[Any]) -> tuple[str, list[Champ] | None]:
    """What to answer: a broken body, identifier or header has its own code, ahead of the fields to correct."""
    for error in errors:
        match error["loc"][:2], error["type"]:
            case _, "json_invalid":
                return "corps_illisible", None
            case ("path", _), _:
                return "inconnu", None  # an identifier that cannot be one is an unknown one
            case ("header", "Idempotency-Key"), "missing":
                return "cle_idempotence_absente", None
            case ("header", "Idempotency-Key"), _:
                return "cle_idempotence_invalide", None
            case ("header", "If-Match"), _:
                return "si_version_invalide", None
    return "champs_invalides", champs(errors)
