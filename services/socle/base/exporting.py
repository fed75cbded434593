"""Where spans go: the OpenTelemetry SDK, and its exporter to a collector (OTLP over HTTP)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from services.socle.base import tracing

ANSWER, LEAVE = 5.0, 3.0
"""Seconds the collector has to answer, and seconds a process that stops waits for its last spans to go."""

LAST = "traces-fin"
"""The thread in which these go."""


@contextmanager
def exporting(service: str, endpoint: str, share: float) -> Iterator[None]:
    """For the time of the block this process makes spans, and a thread of its own sends them to the collector at `endpoint`
    (its base, such as http://127.0.0.1:4318).

    `share`, from 0 to 1, is how many of the traces begun here are recorded; one begun elsewhere is recorded here if it is
    there. A collector that does not answer costs spans, never a request.
    """
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(share)),
        resource=Resource.create({"service.name": f"maillage-{service}"}),
        shutdown_on_exit=False,
    )
    sending = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=ANSWER)
    provider.add_span_processor(BatchSpanProcessor(sending))
    tracing.configure(provider.get_tracer("maillage"))
    try:
        yield
    finally:
        tracing.configure(None)
        # Asked directly, it waits half a minute for a collector that is away, and its process would be killed meanwhile.
        last = threading.Thread(target=provider.shutdown, name=LAST, daemon=True)
        last.start()
        last.join(LEAVE)
