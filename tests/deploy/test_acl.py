"""On Apache Kafka with users: each funder its own feed, each service its own topic, and nothing that was not given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from deploy.kafka.acl import fermer_flux, ouvrir_flux, preparer
from deploy.moteurs import kafka_apache
from deploy.moteurs.kafka_apache import KafkaApache
from deploy.moteurs.sujets import Identifiants, creer_sujets
from tests.infra import exiger_java

FLUX = ("flux.a.conv1", "flux.ab.conv1", "flux.b.conv1")
SERVICES = {"dossiers": "secret-d", "partenaires": "secret-p", "notifications": "secret-n"}


@pytest.fixture(scope="module")
def ferme(processus: None) -> Iterator[KafkaApache]:
    """A broker where everything is denied that was not given."""
    exiger_java()
    with KafkaApache(securite=True) as kafka:
        assert kafka.admin
        preparer(kafka.bootstrap, kafka.admin, SERVICES)
        preparer(kafka.bootstrap, kafka.admin, SERVICES)
        notifications = Identifiants("notifications", SERVICES["notifications"])
        creer_sujets(kafka.bootstrap, dict.fromkeys(FLUX, 1), notifications)
        yield kafka


@pytest.fixture(scope="module")
def financeur(ferme: KafkaApache) -> Identifiants:
    assert ferme.admin
    return ouvrir_flux(ferme.bootstrap, ferme.admin, "a")


async def send(kafka: KafkaApache, who: Identifiants | None, topic: str, idempotent: bool = True) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap,
        acks="all",
        enable_idempotence=idempotent,
        request_timeout_ms=5000,
        **(who.aiokafka() if who else {}),
    )
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"fait", partition=0)
    finally:
        await producer.stop()


async def read(kafka: KafkaApache, who: Identifiants, topic: str, group: str) -> bytes | None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, group_id=group, auto_offset_reset="earliest", **who.aiokafka()
    )
    try:
        await asyncio.wait_for(consumer.start(), 10)
        record = await asyncio.wait_for(consumer.getone(), 10)
        value: bytes | None = record.value
        return value
    finally:
        await consumer.stop()


def service(nom: str) -> Identifiants:
    return Identifiants(nom, SERVICES[nom])


async def test_a_funder_reads_its_own_feed(ferme: KafkaApache, financeur: Identifiants) -> None:
    await send(ferme, service("notifications"), "flux.a.conv1")
    assert await read(ferme, financeur, "flux.a.conv1", "flux.a.tableau") == b"fait"


@pytest.mark.parametrize("topic", ["flux.ab.conv1", "flux.b.conv1", "dossiers", "partenaires", "__consumer_offsets"])
async def test_a_funder_reads_nothing_else(ferme: KafkaApache, financeur: Identifiants, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await read(ferme, financeur, topic, "flux.a.tableau")


async def test_a_funder_joins_no_group_of_another(ferme: KafkaApache, financeur: Identifiants) -> None:
    for group in ("dossiers.vues", "flux.ab.tableau", "tableau"):
        with pytest.raises(GroupAuthorizationFailedError):
            await read(ferme, financeur, "flux.a.conv1", group)


@pytest.mark.parametrize("topic", ["flux.a.conv1", "dossiers"])
async def test_a_funder_writes_nothing(ferme: KafkaApache, financeur: Identifiants, topic: str) -> None:
    with pytest.raises(ClusterAuthorizationFailedError):
        await send(ferme, financeur, topic)
    with pytest.raises(TopicAuthorizationFailedError):
        await send(ferme, financeur, topic, idempotent=False)


async def test_a_service_writes_its_own_topic_only(ferme: KafkaApache) -> None:
    await send(ferme, service("dossiers"), "dossiers")
    assert await read(ferme, service("partenaires"), "dossiers", "partenaires.vues") == b"fait"
    for nom, topic in (("dossiers", "partenaires"), ("dossiers", "flux.a.conv1"), ("notifications", "dossiers")):
        with pytest.raises(TopicAuthorizationFailedError):
            await send(ferme, service(nom), topic)


async def test_nobody_without_a_user_and_no_user_without_its_password(ferme: KafkaApache) -> None:
    with pytest.raises(KafkaError):
        await send(ferme, Identifiants("dossiers", "faux"), "dossiers")
    with pytest.raises(KafkaError):
        await asyncio.wait_for(send(ferme, None, "dossiers"), 15)


async def test_a_closed_feed_is_closed_at_once(ferme: KafkaApache) -> None:
    assert ferme.admin
    ephemere = ouvrir_flux(ferme.bootstrap, ferme.admin, "b")
    await send(ferme, service("notifications"), "flux.b.conv1")
    assert await read(ferme, ephemere, "flux.b.conv1", "flux.b.tableau") == b"fait"
    fermer_flux(ferme.bootstrap, ferme.admin, "b")
    fermer_flux(ferme.bootstrap, ferme.admin, "b")
    with pytest.raises(KafkaError):
        await read(ferme, ephemere, "flux.b.conv1", "flux.b.tableau")


@pytest.mark.parametrize("nom", ["a.b", "", "*", "a ", "a/b"])
def test_a_funder_s_name_opens_no_other_feed(nom: str) -> None:
    with pytest.raises(ValueError, match="financeur"):
        ouvrir_flux("127.0.0.1:1", Identifiants("admin", "x"), nom)


def test_apache_kafka_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "Java" in (kafka_apache.pourquoi_pas() or "")
