"""The engines start, stop, forget or remember as they say, and leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import psutil
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from deploy.moteurs import postgres_binaires
from deploy.moteurs.kafka import Kafka
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from deploy.moteurs.postgres import REGLAGES, PostgresEmbarque
from deploy.moteurs.processus import MoteurIndisponible, Processus
from deploy.moteurs.sujets import creer_sujets
from tests.infra import Postgres, attendre

pytestmark = pytest.mark.usefixtures("processus")

OWNER = """
import json, signal, sys, time
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from deploy.moteurs import postgres_binaires
from deploy.moteurs.postgres import REGLAGES, PostgresEmbarque
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would hand down its deafness
pg, kafka = PostgresEmbarque(), KafkaEmbarque()
pg.demarrer()
kafka.relancer()
print(json.dumps([pg.pid, kafka.pid, str(pg._racine), str(kafka._racine)]), flush=True)
time.sleep(600)
"""


async def value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def send(kafka: Kafka, topic: str, *texts: str) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "acks": "all", "log_level": 0})
    for text in texts:
        producer.produce(topic, text, partition=0)
    assert producer.flush(15) == 0


def read(kafka: Kafka, topic: str, wait: float = 8.0) -> list[str]:
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": os.urandom(4).hex(), "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    messages = [consumer.poll(wait)]
    while messages[-1] is not None:
        messages.append(consumer.poll(0.3))
    consumer.close()
    return [(m.value() or b"").decode() for m in messages if m is not None and not m.error()]


def cluster_id(kafka: Kafka) -> str:
    return str(AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0}).list_topics(timeout=10).cluster_id)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_end_with_their_owner_however_it_ends(blow: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    )
    assert owner.stdout
    pg, kafka, *folders = json.loads(owner.stdout.readline())
    assert psutil.pid_exists(pg)
    assert psutil.pid_exists(kafka)
    owner.send_signal(blow)
    owner.wait()
    attendre(lambda: not psutil.pid_exists(pg) and not psutil.pid_exists(kafka))
    attendre(lambda: not any(Path(folder).exists() for folder in folders))


def test_a_server_ends_when_its_guardian_is_killed(tmp_path: Path) -> None:
    server = Processus(["sleep", "600"], tmp_path / "journal")
    guardian = psutil.Process(server.pid).ppid()
    os.kill(guardian, signal.SIGKILL)
    attendre(lambda: not psutil.pid_exists(server.pid))


async def test_postgres_asks_everyone_a_password(postgres: Postgres) -> None:
    assert await value(postgres.dsn_admin, "SELECT 1") == 1
    host = postgres.dsn_admin.rpartition("@")[2]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:faux@{host}")


async def test_postgres_comes_back_at_its_address_with_its_data(postgres_a_part: Postgres) -> None:
    await value(postgres_a_part.dsn_admin, "CREATE TABLE t AS SELECT 7 AS n")
    postgres_a_part.redemarrer()
    assert await value(postgres_a_part.dsn_admin, "SELECT n FROM t") == 7
    postgres_a_part.redemarrer("immediate")
    assert await value(postgres_a_part.dsn_admin, "SELECT n FROM t") == 7
    postgres_a_part.tuer()
    postgres_a_part.demarrer()
    assert await value(postgres_a_part.dsn_admin, "SELECT n FROM t") == 7


async def test_postgres_keeps_a_folder_between_two_runs_and_leaves_it_private(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with PostgresEmbarque(private / "donnees") as first:
        await value(first.dsn_admin, "CREATE TABLE t AS SELECT 7 AS n")
        assert await value(first.dsn_admin, "SHOW fsync") == "on"
        pid = first.pid
    assert not psutil.pid_exists(pid)
    with PostgresEmbarque(private / "donnees") as second:
        assert await value(second.dsn_admin, "SELECT n FROM t") == 7
    assert private.stat().st_mode & 0o777 == 0o700
    assert (private / "donnees" / "superutilisateur").stat().st_mode & 0o777 == 0o600


def test_a_second_postgres_on_the_same_folder_says_so(tmp_path: Path) -> None:
    with PostgresEmbarque(tmp_path / "donnees"):
        rival = PostgresEmbarque(tmp_path / "donnees")
        rival.patience = 0.5
        with pytest.raises(MoteurIndisponible, match="lock file"):
            rival.demarrer()


def test_the_embedded_broker_gives_named_topics_their_partitions_and_keeps_its_address() -> None:
    with KafkaEmbarque({"dossiers": 6}) as kafka:
        bootstrap, cluster = kafka.bootstrap, cluster_id(kafka)
        send(kafka, "dossiers", "a", "b")
        assert read(kafka, "dossiers") == ["a", "b"]
        topics = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=10).topics
        assert len(topics["dossiers"].partitions) == 6
        creer_sujets(bootstrap, {"flux.a.b": 1})
        kafka.tuer()
        kafka.relancer()
        assert kafka.bootstrap == bootstrap
        assert cluster_id(kafka) != cluster
        assert read(kafka, "dossiers", wait=1) == []


def test_kafka_keeps_its_messages_over_a_kill_and_loses_them_when_wiped(kafka_apache_a_part: Kafka) -> None:
    kafka = kafka_apache_a_part
    cluster = cluster_id(kafka)
    creer_sujets(kafka.bootstrap, {"flux.a.b": 1})
    creer_sujets(kafka.bootstrap, {"flux.a.b": 1})
    send(kafka, "flux.a.b", "a", "b")
    kafka.tuer()
    kafka.relancer()
    send(kafka, "flux.a.b", "c")
    kafka.arreter()
    kafka.relancer()
    assert read(kafka, "flux.a.b") == ["a", "b", "c"]
    assert cluster_id(kafka) == cluster
    kafka.effacer()
    assert cluster_id(kafka) != cluster
    creer_sujets(kafka.bootstrap, {"flux.a.b": 1})
    assert read(kafka, "flux.a.b", wait=1) == []


async def test_postgres_runs_where_its_programs_are_in_a_private_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Beside pytest's own folders, not in them: those are closed to the user PostgreSQL runs as.
    monkeypatch.setattr(postgres_binaires, "COPIE", Path(tempfile.gettempdir()) / f"maillage-copie-{os.getpid()}")
    monkeypatch.setattr(postgres_binaires, "_lisible_par_tous", lambda _: False)
    try:
        with PostgresEmbarque() as server:
            assert await value(server.dsn_admin, "SELECT 1") == 1
            folder = Path(f"/proc/{server.pid}/exe").readlink().parent
        copied = os.geteuid() == 0
        assert folder.is_relative_to(postgres_binaires.COPIE) is copied
    finally:
        shutil.rmtree(postgres_binaires.COPIE, ignore_errors=True)


def test_a_temporary_server_that_cannot_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGLAGES, "max_connections", "beaucoup")
    server = PostgresEmbarque()
    with pytest.raises(MoteurIndisponible, match="max_connections"):
        server.demarrer()
    assert not server._racine.exists()
