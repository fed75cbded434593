"""What a running process shows of itself: metrics (Prometheus), traces (OpenTelemetry), and the id that ties them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter, Setter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram
from uuid_utils.compat import uuid7

from services.socle.base.otlp import ExportateurOtlp

_FAST = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_SECONDS = Histogram(
    "maillage_http_seconds", "Time to answer a request", ("method", "route", "status"), buckets=_FAST
)
APPEND_SECONDS = Histogram(
    "maillage_append_seconds", "Time from asking to knowing the append's fate, a batch's oldest", buckets=_FAST
)
APPEND_BATCH = Histogram(
    "maillage_append_batch", "Commands written by one statement", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
APPEND_CONFLICTS = Counter("maillage_append_conflicts", "Appends that lost to a faster writer")
OLDEST_XID_SECONDS = Gauge("maillage_oldest_xid_seconds", "Age of the oldest open write: readers wait behind it")
RELAYED = Counter("maillage_relayed_events", "Events acknowledged by Kafka", ("service",))
RELAY_BEHIND = Gauge("maillage_relay_lag_events", "Events committed and not yet on Kafka", ("service",))
RELAY_LAG = Gauge("maillage_relay_lag_seconds", "Age of the last event relayed, when it was", ("service",))
PROJECTED = Counter("maillage_projected_events", "Events folded into views", ("lecteur",))
PROJECTION_BEHIND = Gauge("maillage_projection_lag_events", "Events on Kafka and not yet folded", ("lecteur",))
PROJECTION_LAG = Gauge("maillage_projection_lag_seconds", "Age of the last event folded, when it was", ("lecteur",))
UNREADABLE = Counter("maillage_unreadable_records", "Kafka records that are no event of ours", ("lecteur",))
PARKED = Gauge("maillage_parked_events", "Events waiting behind one that could not be folded", ("lecteur",))

tracer = trace.get_tracer("maillage")
_W3C = TraceContextTextMapPropagator()

AsgiHeaders = Iterable[tuple[bytes, bytes]]
KafkaHeaders = Iterable[tuple[str, bytes]]


def configurer(service: str, endpoint: str | None) -> None:
    """Sends this process's traces to an OTLP/HTTP endpoint; without one nothing is recorded, which costs nothing."""
    if endpoint is None:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"maillage-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(ExportateurOtlp(endpoint)))
    trace.set_tracer_provider(provider)


def age(instant: datetime) -> float:
    """Seconds since `instant` (aware), never negative: a simulated clock may be ahead."""
    return max(0.0, (datetime.now(UTC) - instant).total_seconds())


def correlation(given: str | None) -> UUID:
    """The id that follows a request to every view: the caller's when it is a UUID, else a new one."""
    try:
        return UUID(given) if given else uuid7()
    except ValueError:
        return uuid7()


def contexte_http(headers: AsgiHeaders) -> Context:
    """The caller's trace, from the W3C headers of a request."""
    return _W3C.extract(headers, getter=_ASGI)


def entetes_http() -> dict[str, str]:
    """The W3C headers that continue the current trace in a request to another service."""
    headers: dict[str, str] = {}
    _W3C.inject(headers)
    return headers


def contexte_kafka(headers: KafkaHeaders) -> Context:
    """The producer's trace, from a record's headers."""
    return _W3C.extract(headers, getter=_KAFKA)


def entetes_kafka() -> list[tuple[str, bytes]]:
    """The headers that continue the current trace in whoever consumes the record; empty when none is under way."""
    headers: list[tuple[str, bytes]] = []
    _W3C.inject(headers, setter=_KafkaSetter())
    return headers


class _AsgiGetter(Getter[AsgiHeaders]):
    def get(self, carrier: AsgiHeaders, key: str) -> list[str] | None:
        wanted = key.lower().encode()
        return [value.decode("latin-1") for name, value in carrier if name == wanted] or None

    def keys(self, carrier: AsgiHeaders) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


class _KafkaGetter(Getter[KafkaHeaders]):
    def get(self, carrier: KafkaHeaders, key: str) -> list[str] | None:
        return [value.decode("latin-1") for name, value in carrier if name == key] or None

    def keys(self, carrier: KafkaHeaders) -> list[str]:
        return [name for name, _ in carrier]


class _KafkaSetter(Setter[list[tuple[str, bytes]]]):
    def set(self, carrier: list[tuple[str, bytes]], key: str, value: str) -> None:
        carrier.append((key, value.encode("latin-1")))


_ASGI, _KAFKA = _AsgiGetter(), _KafkaGetter()
