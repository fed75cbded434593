"""Topics of the deployment: created with their partitions where the broker has an admin API, left alone where not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

SUJETS = {"dossiers": 6, "partenaires": 6, "notifications": 6}
"""Every deployment's topics; the funders' feeds (`flux.{financeur}.{convention}`, one partition) come one by one."""

TOUJOURS = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
"""Nothing is thrown away: a new reader, or a view made anew, reads a topic from its beginning."""

DELAI = 15.0


@dataclass(frozen=True)
class Identifiants:
    """A Kafka user (SCRAM-SHA-512)."""

    utilisateur: str
    mot_de_passe: str = field(repr=False)
    protocole: str = "SASL_PLAINTEXT"
    ca: str | None = None

    def confluent(self) -> dict[str, str]:
        """Settings of a librdkafka client."""
        return {
            "security.protocol": self.protocole,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.utilisateur,
            "sasl.password": self.mot_de_passe,
            **({"ssl.ca.location": self.ca} if self.ca else {}),
        }

    def aiokafka(self) -> dict[str, str]:
        """Keyword arguments of an aiokafka client on a listener without TLS."""
        return {
            "security_protocol": self.protocole,
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.utilisateur,
            "sasl_plain_password": self.mot_de_passe,
        }


def administrateur(bootstrap: str, securite: Identifiants | None = None) -> AdminClient:
    """librdkafka's admin client, silent: its errors are raised where they matter."""
    qui = securite.confluent() if securite else {}
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "socket.timeout.ms": 10_000, **qui})


def creer_sujets(bootstrap: str, sujets: Mapping[str, int], securite: Identifiants | None = None) -> None:
    """Create what is missing of `sujets` (name → partitions). Topics that exist keep their partitions.

    On the embedded broker, which has no admin API, naming a topic creates it with four partitions: write to partition 0
    where one total order is needed. Raises KafkaException.
    """
    admin = administrateur(bootstrap, securite)
    connus = admin.list_topics(timeout=DELAI)
    absents = {nom: n for nom, n in sujets.items() if nom not in connus.topics}
    if est_embarque(connus.cluster_id):
        for nom in absents:
            admin.list_topics(nom, timeout=DELAI)
        return
    if not absents:
        return
    nouveaux = [NewTopic(nom, n, config=TOUJOURS) for nom, n in absents.items()]
    for futur in admin.create_topics(nouveaux).values():
        try:
            futur.result(DELAI)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def est_embarque(cluster: str | None) -> bool:
    """Whether a cluster id is that of librdkafka's own broker."""
    return (cluster or "").startswith("mockCluster")
