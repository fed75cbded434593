"""Where the tests take their PostgreSQL and Kafka from: whatever answers on this machine, the same tests on each.

PostgreSQL: testcontainers where a Docker engine answers, else the embedded one. Kafka: testcontainers, else Apache Kafka
where Java and Maven are, else the embedded broker. `MAILLAGE_TESTS_KAFKA=embarque|apache|conteneur` decides instead.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

import pytest
from confluent_kafka import KafkaException

from deploy.moteurs import kafka_apache as apache
from deploy.moteurs.kafka import Kafka, Moteur
from deploy.moteurs.kafka_apache import KafkaApache
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from deploy.moteurs.postgres import PostgresEmbarque
from deploy.moteurs.sujets import SUJETS, administrateur, creer_sujets
from deploy.roles import Acces, preparer, supprimer
from tests.conteneurs import KafkaConteneur, PostgresConteneur, docker_repond


class Postgres(Protocol):
    """A server of the tests' own: they may stop it, kill it and start it again at the same address."""

    @property
    def dsn_admin(self) -> str: ...
    def demarrer(self) -> None: ...
    def arreter(self, mode: Literal["fast", "immediate"] = "fast") -> None: ...
    def tuer(self) -> None: ...
    def redemarrer(self, mode: Literal["fast", "immediate"] = "fast") -> None: ...
    def fermer(self) -> None: ...


def nouveau_postgres() -> Postgres:
    if docker_repond():
        return PostgresConteneur()
    serveur = PostgresEmbarque()
    serveur.demarrer()
    return serveur


@cache
def moteur_kafka() -> Moteur:
    """Which Kafka the tests run on here."""
    choix = os.environ.get("MAILLAGE_TESTS_KAFKA")
    match choix:
        case "embarque" | "apache" | "conteneur":
            return choix
        case None | "":
            return "conteneur" if docker_repond() else "apache" if apache.disponible() else "embarque"
        case _:
            raise pytest.UsageError(f"MAILLAGE_TESTS_KAFKA={choix}: embarque, apache or conteneur")


def nouveau_kafka(moteur: Moteur) -> Kafka:
    match moteur:
        case "conteneur":
            return KafkaConteneur(SUJETS)
        case "apache":
            kafka: KafkaApache | KafkaEmbarque = KafkaApache(SUJETS)
        case "embarque":
            kafka = KafkaEmbarque(SUJETS)
    kafka.relancer()
    return kafka


def exiger_apache() -> Moteur:
    """The engine for tests about Kafka's own behaviour. Skips where there is none, and fails instead in CI."""
    choix = moteur_kafka()
    if choix != "embarque":
        return choix
    if docker_repond():
        return "conteneur"
    exiger_java()
    return "apache"


def exiger_java() -> None:
    """Skip where Apache Kafka's jars cannot run, and fail instead in CI."""
    manque = apache.pourquoi_pas()
    if manque is None:
        return
    raison = f"Apache Kafka ne peut pas tourner ici. {manque}"
    if os.environ.get("CI") == "true":
        pytest.fail(raison, pytrace=False)
    pytest.skip(raison)


@pytest.fixture(scope="session")
def postgres(processus: None) -> Iterator[Postgres]:
    """The session's server. Tests share it: to stop or kill one, take `postgres_a_part`."""
    serveur = nouveau_postgres()
    yield serveur
    serveur.fermer()


@pytest.fixture
def postgres_a_part(processus: None) -> Iterator[Postgres]:
    """A server of this test alone (0.6 s)."""
    serveur = nouveau_postgres()
    yield serveur
    serveur.fermer()


@pytest.fixture(scope="session")
def kafka(processus: None) -> Iterator[Kafka]:
    """The session's broker. Tests share it and its topics: name groups and keys of your own; to kill, `kafka_apache_a_part`."""
    broker = nouveau_kafka(moteur_kafka())
    yield broker
    broker.fermer()


@pytest.fixture(scope="module")
def kafka_du_module(kafka: Kafka) -> Kafka:
    """The session's broker, emptied for this module: two deployments on the same topics would read each other's facts."""
    vider(kafka)
    return kafka


@pytest.fixture
def kafka_vide(kafka: Kafka) -> Kafka:
    """The same, emptied for this test."""
    vider(kafka)
    return kafka


@pytest.fixture(scope="module")
def kafka_apache_du_module(kafka_apache: Kafka) -> Kafka:
    """Apache Kafka, emptied for this module."""
    vider(kafka_apache)
    return kafka_apache


def vider(kafka: Kafka) -> None:
    """The deployment's topics as new, and nobody's place in them. To start Apache Kafka anew would take seconds."""
    if kafka.moteur == "embarque":
        kafka.effacer()
        return
    try:
        _vider(kafka)
    except KafkaException:  # a reader that was killed is still counted among its group for a while
        kafka.effacer()


def _vider(kafka: Kafka) -> None:
    admin = administrateur(kafka.bootstrap)
    groupes = [groupe.group_id for groupe in admin.list_consumer_groups().result(10).valid]
    sujets = [sujet for sujet in admin.list_topics(timeout=10).topics if not sujet.startswith("__")]
    for futur in (*_futurs(admin.delete_consumer_groups, groupes), *_futurs(admin.delete_topics, sujets)):
        futur.result(10)
    attendre(lambda: admin.list_topics(timeout=10).topics.keys().isdisjoint(sujets))
    creer_sujets(kafka.bootstrap, SUJETS)

    def la() -> bool:
        connus = admin.list_topics(timeout=10).topics
        return all(nom in connus and len(connus[nom].partitions) == n for nom, n in SUJETS.items())

    attendre(la)


def _futurs(supprimer: Callable[[list[str]], Mapping[str, Future[None]]], noms: list[str]) -> Iterable[Future[None]]:
    return supprimer(noms).values() if noms else ()


@pytest.fixture(scope="session")
def kafka_apache(request: pytest.FixtureRequest, processus: None) -> Iterator[Kafka]:
    """Apache Kafka, for tests about its own behaviour; the session's broker when that is one. Shared, as `kafka`."""
    moteur = exiger_apache()
    if moteur == moteur_kafka():
        yield request.getfixturevalue("kafka")
        return
    broker = nouveau_kafka(moteur)
    yield broker
    broker.fermer()


@pytest.fixture
def kafka_apache_a_part(processus: None) -> Iterator[Kafka]:
    """Apache Kafka of this test alone, to be stopped, killed and wiped."""
    broker = nouveau_kafka(exiger_apache())
    yield broker
    broker.fermer()


@pytest.fixture(scope="session")
def secrets_roles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the roles' passwords: roles belong to the server, so all databases of a session share them."""
    return tmp_path_factory.mktemp("secrets") / "roles.json"


@pytest.fixture(scope="session")
def bases(postgres: Postgres, secrets_roles: Path) -> Acces:
    """The deployment's databases and roles under their real names, without a table, once per session."""
    return asyncio.run(preparer(postgres.dsn_admin, secrets_roles))


@pytest.fixture(scope="module")
def bases_du_module(postgres: Postgres, secrets_roles: Path, request: pytest.FixtureRequest) -> Iterator[Acces]:
    """The same under names of this module's own (0.3 s), dropped after it: for tests that count rows or drop policies."""
    module = request.module.__name__.rpartition(".")[2].removeprefix("test_")
    acces = asyncio.run(preparer(postgres.dsn_admin, secrets_roles, prefixe=f"{module[:30]}_"))
    yield acces
    asyncio.run(supprimer(postgres.dsn_admin, acces))


def attendre(vrai: Callable[[], bool], delai: float = 10.0) -> None:
    """Poll until true; fails the test after `delai` seconds."""
    echeance = time.monotonic() + delai
    while not vrai():
        if time.monotonic() > echeance:
            pytest.fail(f"still not true after {delai} s")
        time.sleep(0.02)
