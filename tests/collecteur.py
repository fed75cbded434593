"""A collector of traces on this machine: takes what an OTLP exporter sends, and keeps the spans."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

RACINE = ""
"""The parent of a span that has none."""


class Span(Struct, frozen=True):
    """One span as it arrived; ids in hexadecimal. `entier` is all that was sent of it."""

    service: str
    trace: str
    id: str
    parent: str
    nom: str
    sorte: str
    attributs: dict[str, str | int]
    erreur: bool
    entier: OtlpSpan


class Collecteur:
    """`url` is what MAILLAGE_TRACES takes; `octets` are the bodies, `ressources` what the processes said of themselves."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Span] = []
        self.ressources: list[dict[str, str | int]] = []
        self.octets: list[bytes] = []
        self.chemins: set[str] = set()

    def recevoir(self, chemin: str, corps: bytes) -> None:
        self.chemins.add(chemin)
        self.octets.append(corps)
        for de in ExportTraceServiceRequest.FromString(corps).resource_spans:
            ressource = _attributs(de.resource.attributes)
            self.ressources.append(ressource)
            self.spans += [_span(str(ressource["service.name"]), s) for sorte in de.scope_spans for s in sorte.spans]

    def de(self, trace: str) -> list[Span]:
        return [span for span in self.spans if span.trace == trace]


def _attributs(paires: Any) -> dict[str, str | int]:
    def valeur(paire: KeyValue) -> str | int:
        return paire.value.int_value if paire.value.HasField("int_value") else paire.value.string_value

    return {paire.key: valeur(paire) for paire in paires}


def _span(service: str, s: OtlpSpan) -> Span:
    return Span(
        service, s.trace_id.hex(), s.span_id.hex(), s.parent_span_id.hex(), s.name,
        OtlpSpan.SpanKind.Name(s.kind).removeprefix("SPAN_KIND_"), _attributs(s.attributes), s.status.code == 2, s,
    )  # fmt: skip


@contextmanager
def collecteur() -> Iterator[Collecteur]:
    """Listens on the loopback for the time of the block."""

    class Recoit(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            le.recevoir(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Recoit)
    le = Collecteur(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield le
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
