"""Traces follow a request from HTTP to Kafka and reach a collector; correlation ids are the caller's when they are ids."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, get_current_span

from services.socle.base import telemetry
from services.socle.base.otlp import ExportateurOtlp

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collecteur() -> Iterator[tuple[str, list[Any]]]:
    received: list[Any] = []

    class Recoit(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Recoit)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_une_trace_va_du_client_au_collecteur_en_passant_par_kafka(collecteur: tuple[str, list[Any]]) -> None:
    address, received = collecteur
    provider = TracerProvider(resource=Resource.create({"service.name": "maillage-essai"}))
    provider.add_span_processor(SimpleSpanProcessor(ExportateurOtlp(address)))
    tracer = provider.get_tracer("maillage")

    asked = telemetry.contexte_http([(b"host", b"x"), (b"traceparent", PARENT.encode())])
    with tracer.start_as_current_span("POST /v1", context=asked, kind=SpanKind.SERVER):
        carried = telemetry.entetes_kafka()
        assert telemetry.entetes_http()["traceparent"].encode() == carried[0][1]
    with tracer.start_as_current_span("projeter", context=telemetry.contexte_kafka(carried)) as span:
        span.set_attribute("n", 3)
    provider.shutdown()

    (path, first), (_, second) = received
    assert path == "/v1/traces"
    resource, [scope] = first["resourceSpans"][0]["resource"], first["resourceSpans"][0]["scopeSpans"]
    assert {"key": "service.name", "value": {"stringValue": "maillage-essai"}} in resource["attributes"]
    [server] = scope["spans"]
    [folded] = second["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (server["traceId"], server["parentSpanId"]) == (PARENT[3:35], PARENT[36:52])
    assert (folded["traceId"], folded["parentSpanId"]) == (server["traceId"], server["spanId"])
    assert (server["name"], server["kind"]) == ("POST /v1", 2)
    assert folded["attributes"] == [{"key": "n", "value": {"stringValue": "3"}}]
    assert int(server["endTimeUnixNano"]) >= int(server["startTimeUnixNano"]) > 0


def test_un_collecteur_absent_ne_casse_rien() -> None:
    exporter = ExportateurOtlp("http://127.0.0.1:9")
    assert exporter.export([]) is SpanExportResult.FAILURE
    exporter.shutdown()


def test_sans_trace_en_cours_rien_n_est_transmis() -> None:
    assert not get_current_span().get_span_context().is_valid
    assert telemetry.entetes_kafka() == []
    assert telemetry.entetes_http() == {}


@pytest.mark.parametrize("header", [b"", b"x", b"00-0-0-0", b"\xff\xfe"])
def test_un_en_tete_de_trace_faux_est_ignore(header: bytes) -> None:
    context = telemetry.contexte_http([(b"traceparent", header)])
    assert not get_current_span(context).get_span_context().is_valid


def test_la_correlation() -> None:
    assert telemetry.correlation(str(UUID(int=7))) == UUID(int=7)
    assert telemetry.correlation(None) != telemetry.correlation(None)
    assert telemetry.correlation("Camille Exemple").version == 7
