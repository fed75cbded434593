"""What a running process shows of itself: metrics (Prometheus), and the id that follows a request everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from prometheus_client import Counter, Gauge, Histogram
from uuid_utils.compat import uuid7

_FAST = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_SECONDS = Histogram(
    "maillage_http_seconds", "Time to answer a request", ("method", "route", "status"), buckets=_FAST
)
APPEND_SECONDS = Histogram("maillage_append_seconds", "Time from asking to knowing the append's fate", buckets=_FAST)
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


def age(instant: datetime) -> float:
    """Seconds since `instant` (aware), never negative: a simulated clock may be ahead."""
    return max(0.0, (datetime.now(UTC) - instant).total_seconds())


def correlation(given: str | None) -> UUID:
    """The id that follows a request to every view: the caller's when it is a UUID, else a new one."""
    try:
        return UUID(given) if given else uuid7()
    except ValueError:
        return uuid7()
