"""PostgreSQL and Kafka in containers, where a Docker engine answers: the same promises as the engines of deploy/moteurs.

A fixed port of this machine is bound, because a restarted container would otherwise come back at another address.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import Literal
from uuid import uuid4

import docker
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from deploy.moteurs.kafka import Moteur
from deploy.moteurs.processus import port_libre
from deploy.moteurs.sujets import creer_sujets

POSTGRES, KAFKA = "postgres:18", "apache/kafka:4.3.0"


@cache
def docker_repond() -> bool:
    """Whether a Docker engine, not only its client, is there."""
    try:
        client = docker.from_env(timeout=3)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except DockerException:
        return False


class PostgresConteneur:
    def __init__(self) -> None:
        self.port = port_libre()
        self._mot_de_passe = secrets.token_urlsafe(24)
        self._conteneur = (
            DockerContainer(POSTGRES)
            .with_bind_ports(5432, self.port)
            .with_env("POSTGRES_PASSWORD", self._mot_de_passe)
            .with_env("POSTGRES_INITDB_ARGS", "--locale-provider=builtin --locale=C.UTF-8")
            .with_command("postgres -c fsync=off -c max_connections=200 -c jit=off -c timezone=UTC")
            .waiting_for(LogMessageWaitStrategy("ready to accept connections", times=2))
        )
        self._conteneur.start()

    @property
    def dsn_admin(self) -> str:
        hote = self._conteneur.get_container_host_ip()
        return f"postgresql://postgres:{self._mot_de_passe}@{hote}:{self.port}/postgres"

    def demarrer(self) -> None:
        self._conteneur.get_wrapped_container().start()
        LogMessageWaitStrategy("ready to accept connections").wait_until_ready(self._conteneur)

    def arreter(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        signal = "SIGINT" if mode == "fast" else "SIGQUIT"
        self._conteneur.get_wrapped_container().kill(signal)
        self._conteneur.get_wrapped_container().wait()

    def tuer(self) -> None:
        self._conteneur.get_wrapped_container().kill("SIGKILL")
        self._conteneur.get_wrapped_container().wait()

    def redemarrer(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        self.arreter(mode)
        self.demarrer()

    def fermer(self) -> None:
        self._conteneur.stop()


class KafkaConteneur:
    moteur: Moteur = "conteneur"
    garde_les_messages = True

    def __init__(self, sujets: Mapping[str, int] | None = None) -> None:
        self._sujets = dict(sujets or {})
        self._port = port_libre()
        self._conteneur = self._nouveau()

    @property
    def bootstrap(self) -> str:
        return f"{self._conteneur.get_container_host_ip()}:{self._port}"

    def arreter(self) -> None:
        self._conteneur.get_wrapped_container().stop()

    def tuer(self) -> None:
        self._conteneur.get_wrapped_container().kill("SIGKILL")

    def relancer(self) -> None:
        self._conteneur.get_wrapped_container().start()
        creer_sujets(self.bootstrap, self._sujets)  # its first question waits for the broker

    def effacer(self) -> None:
        self._conteneur.stop()
        self._conteneur = self._nouveau()

    def fermer(self) -> None:
        self._conteneur.stop()

    def _nouveau(self) -> DockerContainer:
        reglages = {
            "CLUSTER_ID": urlsafe_b64encode(uuid4().bytes).decode().rstrip("="),
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_LISTENERS": "CLIENT://:9092,INTERNE://localhost:29092,CONTROLLER://localhost:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"CLIENT://127.0.0.1:{self._port},INTERNE://localhost:29092",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENT:PLAINTEXT,INTERNE:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INTERNE",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LOG_RETENTION_MS": "-1",
            "KAFKA_NUM_PARTITIONS": "6",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "50",
            "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
            "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "250",
        }
        conteneur = DockerContainer(KAFKA).with_bind_ports(9092, self._port).with_envs(**reglages)
        conteneur.waiting_for(LogMessageWaitStrategy("Kafka Server started")).start()
        creer_sujets(f"{conteneur.get_container_host_ip()}:{self._port}", self._sujets)
        return conteneur
