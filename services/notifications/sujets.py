"""A feed's topic, made when its first fact is to be sent: a funder may join a plan at any time."""

from __future__ import annotations

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from services.socle.base.settings import Settings
from services.socle.delivery import kafka

log = structlog.get_logger()

CONFIGURATION = {
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    # Facts bear the week they are about, and a simulated clock may be ahead of the broker's.
    "message.timestamp.after.max.ms": str(2**63 - 1),
}
"""Nothing is thrown away, and no timestamp is refused."""

EMBARQUE = "mockCluster"
"""How the cluster id of librdkafka's own broker begins: it has no admin API, and makes a topic at its first use."""


async def assurer(topic: str, settings: Settings) -> None:
    """Make `topic` with one partition where it is missing. Raises KafkaError."""
    admin = AIOKafkaAdminClient(**kafka.client(settings))
    await admin.start()
    try:
        cluster = await admin.describe_cluster()
        if str(cluster.get("cluster_id") or "").startswith(EMBARQUE) or topic in await admin.list_topics():
            return
        copies = min(3, len(cluster["brokers"]))
        answer = await admin.create_topics([NewTopic(topic, 1, copies, topic_configs=CONFIGURATION)])
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if error is TopicAlreadyExistsError:
                return
            if code:
                raise error(topic)
        log.info("flux_ouvert", sujet=topic)
    finally:
        await admin.close()
