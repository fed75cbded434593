"""Sends spans to an OpenTelemetry collector in OTLP's JSON form: one POST, where the usual exporter brings protobuf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

_KINDS = {
    SpanKind.INTERNAL: 1,
    SpanKind.SERVER: 2,
    SpanKind.CLIENT: 3,
    SpanKind.PRODUCER: 4,
    SpanKind.CONSUMER: 5,
}


class ExportateurOtlp(SpanExporter):
    """`endpoint` is the collector's base address, such as http://127.0.0.1:4318. A span that cannot be sent is lost."""

    def __init__(self, endpoint: str) -> None:
        self._client = httpx.Client(timeout=5)
        self._url = f"{endpoint.rstrip('/')}/v1/traces"

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            answer = self._client.post(self._url, json=charge(spans))
        except httpx.HTTPError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if answer.is_success else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._client.close()


def charge(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """The body of ExportTraceServiceRequest. All spans of a process share its resource."""
    resource = {"attributes": _attributs(spans[0].resource.attributes)} if spans else {}
    scope = {"scope": {"name": "maillage"}, "spans": [_span(span) for span in spans]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None, "a finished span has its context"
    return {
        "traceId": format_trace_id(context.trace_id),
        "spanId": format_span_id(context.span_id),
        "parentSpanId": format_span_id(span.parent.span_id) if span.parent else "",
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributs(span.attributes or {}),
        "status": {"code": 2} if span.status.status_code is StatusCode.ERROR else {},
    }


def _attributs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": str(value)}} for key, value in attributes.items()]
