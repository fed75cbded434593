"""Traces: what one click went through, from the page to everybody's views; sent nowhere unless MAILLAGE_TRACES says where.

Unset, no span is made and no header is read. Set, a span says what was done (a route's template, the name of a command, a
status, a count) and never to whom: neither address, nor body, nor parameter, nor the message of an exception. That is why
spans are made here, and not by the instrumentations of FastAPI, httpx and asyncpg, which record addresses and statements.

Between processes goes a traceparent (W3C Trace Context), and nothing else of that standard: `tracestate` is free text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["SpanKind", "after", "configure", "current", "failed", "followed", "headers", "received", "span"]

LENGTH = 55
"""Characters of a traceparent of version 00, the only one we read: what we keep of a caller's is never longer."""

_W3C = TraceContextTextMapPropagator()
_NOTHING: AbstractContextManager[Span] = nullcontext(INVALID_SPAN)
_tracer: Tracer | None = None


def configure(tracer: Tracer | None) -> None:
    """From now on this process makes its spans with `tracer`; None, as at the start: it makes none."""
    global _tracer
    _tracer = tracer


def span(name: str, kind: SpanKind = SpanKind.INTERNAL, parent: Context | None = None) -> AbstractContextManager[Span]:
    """A span around the block, under `parent` or the span under way; the block's exceptions leave their type in it."""
    if _tracer is None:
        return _NOTHING
    under_way = get_current_span()
    if parent is None and under_way.get_span_context().is_valid and not under_way.is_recording():
        return nullcontext(under_way)  # what is not recorded has no parts, and is passed on as it is
    return _open(_tracer, name, kind, parent)


@contextmanager
def _open(tracer: Tracer, name: str, kind: SpanKind, parent: Context | None) -> Iterator[Span]:
    # Left to itself, a span keeps the exception's message and its trace, which quote what was refused.
    with tracer.start_as_current_span(
        name, context=parent, kind=kind, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_attribute("error.type", type(error).__name__)
            raise


def failed(a_span: Span) -> None:
    """What the span is about went wrong on our side."""
    a_span.set_status(Status(StatusCode.ERROR))


def current() -> str | None:
    """The traceparent of the span under way, for who goes on later and elsewhere; None when it is not recorded."""
    if _tracer is None or not get_current_span().get_span_context().trace_flags.sampled:
        return None
    return headers().get("traceparent")


def headers() -> Mapping[str, str]:
    """The HTTP headers under which another service of ours continues the span under way, recorded or not."""
    carried: dict[str, str] = {}
    if _tracer is not None:
        _W3C.inject(carried)
    return carried


def received(asgi: Iterable[tuple[bytes, bytes]]) -> Context:
    """Where a request's headers say it comes from; nowhere when they do not say it well."""
    if _tracer is None:
        return Context()
    given = [value for name, value in asgi if name == b"traceparent"]
    return _context(given[0].decode("latin-1")) if len(given) == 1 else Context()


def followed(traceparent: str | None) -> str | None:
    """`traceparent` if it is one and its spans are recorded, else None: what may be kept of one that came from outside."""
    if not traceparent:
        return None
    found = get_current_span(_context(traceparent)).get_span_context()
    return traceparent if found.is_valid and found.trace_flags.sampled else None


def after(name: str, kind: SpanKind, causes: Iterable[str | None], start: int, **attributes: str | int) -> None:
    """What a batch did, from `start` (nanoseconds since 1970) to now: a span under each command that is followed in it.

    One span of its own with links to its causes would be one more trace, and no cause's own would tell where it ended.
    """
    if _tracer is None:
        return
    for cause in {cause for cause in causes if cause}:
        _tracer.start_span(name, _context(cause), kind, attributes, start_time=start).end()


def _context(traceparent: str) -> Context:
    return _W3C.extract({"traceparent": traceparent}) if len(traceparent) == LENGTH else Context()
