"""What surrounds every request, whatever it asks: limits, correlation, timing, and the last word on a failure.

Plain ASGI: FastAPI's own middleware class costs a task per request and hides the body.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol
from urllib.parse import unquote_to_bytes
from uuid import UUID

import structlog
from opentelemetry.trace import INVALID_SPAN, Span
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.socle.base import telemetry, tracing
from services.socle.base.logging import ou

log = structlog.get_logger()

CORPS_MAX = 256 * 1024
PROFONDEUR_MAX = 64

_ENTETES = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_CONTROLES = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MUETS = ("/sante/", "/metrics", "/statique/")
"""What is asked all day long by nobody's doing, or goes with a page: no trace begins there."""

_METHODES = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Refuser(Protocol):
    """How an application says no before any of its endpoints: problem.Problemes for an API, pages for the portal."""

    def reponse(self, code: str, correlation: UUID) -> Response: ...


class Circonstances:
    """Outermost: correlation id, trace, security headers, duration; what nobody caught becomes a bare 500.

    `amont`: whoever asks may continue a trace of theirs. It is a name for what happens and opens nothing.
    """

    def __init__(self, app: ASGIApp, problemes: Refuser, amont: bool = True) -> None:
        self._app, self._problemes, self._amont = app, problemes, amont

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation = telemetry.correlation(Headers(scope=scope).get("maillage-correlation"))
        scope.setdefault("state", {})["correlation"] = correlation
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation=str(correlation))
        status = 0

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["Maillage-Correlation"] = str(correlation)
                for name, value in _ENTETES.items():
                    headers.setdefault(name, value)
            await send(message)

        start = time.perf_counter()
        method = scope["method"] if scope["method"] in _METHODES else "AUTRE"
        with self._trace(scope, method) as span:
            try:
                await self._app(scope, receive, reply)
            except Exception as error:  # noqa: BLE001 - the last place that can still answer
                log.error("erreur_interne", erreur=type(error).__name__, ou=ou(error))
                if not status:
                    await self._problemes.reponse("erreur_interne", correlation)(scope, receive, reply)
            route = _route(scope)
            if span.is_recording():
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                span.set_attribute("maillage.correlation", str(correlation))
                if status >= 500:
                    tracing.failed(span)
            telemetry.HTTP_SECONDS.labels(method, route, str(status)).observe(time.perf_counter() - start)

    def _trace(self, scope: Scope, method: str) -> AbstractContextManager[Span]:
        if scope["path"].startswith(_MUETS):
            return nullcontext(INVALID_SPAN)
        parent = tracing.received(scope["headers"] if self._amont else ())
        return tracing.span(method, tracing.SpanKind.SERVER, parent)


def _route(scope: Scope) -> str:
    """The route's template; never the URL, which names dossiers and would make one time series each."""
    return getattr(scope.get("route"), "path", "-")


class Garde:
    """Refuses what no endpoint should see: bodies too big, too deep or not JSON, addresses with control characters.

    The body is read here, up to its limit, then handed on: a chunked one gives its size away only by arriving.
    `corps` says what is wrong with it, as a code, or None.
    """

    def __init__(
        self, app: ASGIApp, problemes: Refuser, corps: Callable[[bytes, Headers], str | None] | None = None
    ) -> None:
        self._app, self._problemes, self._corps = app, problemes, corps or _corps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        code = _adresse(scope)
        if code is None and ("content-length" in headers or "transfer-encoding" in headers):
            try:
                body = None if _annonce(headers) > CORPS_MAX else await _lire(receive)
            except ClientDisconnect:
                return
            if body is None:
                code = "corps_trop_grand"
            else:
                code = self._corps(body, headers)
                receive = _redire(body, receive)
        if code is None:
            await self._app(scope, receive, send)
        else:
            await self._problemes.reponse(code, scope["state"]["correlation"])(scope, receive, send)


def _adresse(scope: Scope) -> str | None:
    """PostgreSQL cannot store NUL and nothing of ours holds control characters: no text of a URL may carry one."""
    if _CONTROLES.search(scope["path"]):
        return "inconnu"
    try:
        query = unquote_to_bytes(scope["query_string"]).decode()
    except UnicodeDecodeError:
        return "requete_illisible"
    return "requete_illisible" if _CONTROLES.search(query) else None


def _annonce(headers: Headers) -> int:
    declared = headers.get("content-length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 20 else 0


async def _lire(receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is too big. Raises ClientDisconnect."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > CORPS_MAX:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _redire(body: bytes, receive: Receive) -> Receive:
    """A `receive` that first hands the body on, then goes on as before."""
    handed = False

    async def again() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _corps(body: bytes, headers: Headers) -> str | None:
    if not body:
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        return "format_non_pris_en_charge"
    if b"\x00" in body:
        # UTF-16 or UTF-32: Python's parser guesses them, and the depth below is counted in UTF-8.
        return "corps_illisible"
    return "corps_trop_profond" if profondeur(body) > PROFONDEUR_MAX else None


# A string, closed or not so that each quote is passed over once, or a bracket.
_LEXEMES = re.compile(rb'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


def profondeur(body: bytes) -> int:
    """How deep a JSON text nests, or a bound of it when that is shallow enough; linear in its length."""
    bound = body.count(b"[") + body.count(b"{")
    if bound <= PROFONDEUR_MAX:
        return bound
    depth = deepest = 0
    for found in _LEXEMES.finditer(body):
        match found[0]:
            case b"[" | b"{":
                depth += 1
                deepest = max(deepest, depth)
            case b"]" | b"}":
                depth -= 1
    return deepest
