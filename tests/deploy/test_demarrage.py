"""What the containers of docker-compose.yml start with, run here without a container."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.compose.ecrire_secrets import main as ecrire_secrets
from deploy.exploitation.preparation import Administration, ouvrir_flux, preparer_deploiement
from deploy.moteurs.kafka_apache import JVM, jars
from deploy.moteurs.processus import Processus, port_libre, port_ouvert
from deploy.moteurs.sujets import Identifiants, administrateur, creer_sujets
from services.socle.base.settings import Settings
from tests.infra import Postgres, exiger_java

RACINE = Path(__file__).parents[2]
COMPOSE = RACINE / "deploy" / "compose"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dossier = tmp_path_factory.mktemp("compose") / "secrets"
    assert ecrire_secrets(dossier) == 0
    return dossier


def certificat(fichier: Path) -> Path:
    """Key and certificate for 127.0.0.1 in `fichier`; answers the file of the certificate alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    fichier.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain) + made)
    seul = fichier.with_name("ca.pem")
    seul.write_bytes(made)
    return seul


class Broker:
    """kafka.sh, with the jars of deploy/kafka in the place of the image's."""

    def __init__(self, dossier: Path, secrets: Path) -> None:
        self._dossier = dossier
        self.port, self.port_externe, controleur = port_libre(), port_libre(), port_libre()
        self.ca = certificat(secrets / "kafka_externe")
        (dossier / "bin").mkdir()
        for script, classe in (("kafka-storage", "kafka.tools.StorageTool"), ("kafka-server-start", "kafka.Kafka")):
            file = dossier / "bin" / f"{script}.sh"
            file.write_text(f'#!/bin/sh\nexec java {" ".join(JVM)} -cp "{jars()}/*" {classe} "$@"\n')
            file.chmod(0o755)
        self._env = {
            **os.environ,
            "KAFKA_HOME": str(dossier),
            "MODELES": str(RACINE / "deploy" / "kafka"),
            "SECRETS": str(secrets),
            "REGLAGES": str(dossier / "server.properties"),
            "KAFKA_ECOUTE": "127.0.0.1",
            "KAFKA_ANNONCE": "127.0.0.1",
            "KAFKA_PORT": str(self.port),
            "KAFKA_PORT_CONTROLEUR": str(controleur),
            "KAFKA_PORT_EXTERNE": str(self.port_externe),
            "KAFKA_EXTERNE": f"127.0.0.1:{self.port_externe}",
            "KAFKA_DONNEES": str(dossier / "messages"),
        }
        self.start()

    def start(self) -> None:
        self.process = Processus(["bash", str(COMPOSE / "kafka.sh")], self._dossier / "kafka.log", env=self._env)
        self.process.attendre(lambda: port_ouvert(self.port) and port_ouvert(self.port_externe), "Kafka", 60)


@pytest.fixture(scope="module")
def broker(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    exiger_java()
    started = Broker(tmp_path_factory.mktemp("kafka"), secrets)
    yield started
    started.process.tuer()


def administration(postgres: Postgres, secrets: Path, broker: Broker) -> Administration:
    return Administration.model_validate(
        {
            "admin_postgres": postgres.dsn_admin,
            "postgres_secrets": secrets / "roles",
            "kafka": f"127.0.0.1:{broker.port}",
            "kafka_securite": "SASL_PLAINTEXT",
            "admin_kafka_mot_de_passe": (secrets / "kafka_admin").read_text(),
            "admin_kafka_comptes": secrets / "kafka_comptes",
        }
    )


async def test_from_nothing_to_services_that_may_and_funders_who_may_read(
    postgres_a_part: Postgres, secrets: Path, broker: Broker
) -> None:
    reglages = administration(postgres_a_part, secrets, broker)
    before = (secrets / "roles").read_bytes()
    acces = await preparer_deploiement(reglages)
    assert await preparer_deploiement(reglages) == acces
    assert (secrets / "roles").read_bytes() == before

    bootstrap, admin = f"127.0.0.1:{broker.port}", reglages.administrateur_kafka()
    assert admin
    dossiers = Identifiants("dossiers", (secrets / "kafka_dossiers").read_text())
    assert set(administrateur(bootstrap, dossiers).list_topics(timeout=10).topics) == {"dossiers", "partenaires"}

    creer_sujets(bootstrap, {"flux.a.conv": 1, "flux.ab.conv": 1}, admin)
    inside = ouvrir_flux(reglages, "a")
    outside = Identifiants(inside.utilisateur, inside.mot_de_passe, "SASL_SSL", str(broker.ca))
    seen = administrateur(f"127.0.0.1:{broker.port_externe}", outside).list_topics(timeout=10)
    assert set(seen.topics) == {"flux.a.conv"}
    with pytest.raises(KafkaException):
        administrateur(f"127.0.0.1:{broker.port_externe}", inside).list_topics(timeout=3)


def test_the_broker_starts_again_on_what_it_wrote(secrets: Path, broker: Broker) -> None:
    admin = Identifiants("admin", (secrets / "kafka_admin").read_text())
    creer_sujets(f"127.0.0.1:{broker.port}", {"garde": 1}, admin)
    broker.process.arreter(delai=30)
    broker.start()
    assert "garde" in administrateur(f"127.0.0.1:{broker.port}", admin).list_topics(timeout=15).topics
    assert stat.S_IMODE((broker._dossier / "server.properties").stat().st_mode) == 0o600


def test_secrets_are_written_once_and_closed_to_others(tmp_path: Path) -> None:
    dossier = tmp_path / "secrets"
    ecrire_secrets(dossier)
    first = {file.name: file.read_bytes() for file in dossier.iterdir()}
    ecrire_secrets(dossier)
    assert {file.name: file.read_bytes() for file in dossier.iterdir()} == first
    assert stat.S_IMODE(dossier.stat().st_mode) == 0o700
    assert stat.S_IMODE((dossier / "cle_maitre").stat().st_mode) == 0o400
    assert len(first["cle_maitre"]) == 32
    assert "dossiers_proprietaire" not in json.loads(first["roles_dossiers"])
    assert set(json.loads(first["roles_dossiers"]).items()) < set(json.loads(first["roles"]).items())


def test_the_entry_reads_its_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "maillage").write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{READ_SETTINGS}" "$@"\n')
    (tmp_path / "maillage").chmod(0o755)
    (tmp_path / "mot").write_text('un $ecret `avec` des "signes" \'\n')
    env = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(RACINE),
        "MAILLAGE_KAFKA_SASL_MOT_DE_PASSE_FILE": str(tmp_path / "mot"),
        "MAILLAGE_POSTGRES_SECRETS": str(tmp_path / "mot"),
    }
    entree = [str(COMPOSE / "entree.sh"), "servir", "dossiers"]
    result = subprocess.run(entree, env=env, capture_output=True, text=True, check=False)
    assert json.loads(result.stdout) == {
        "mot": 'un $ecret `avec` des "signes" \'',
        "postgres_secrets": str(tmp_path / "mot"),
        "arguments": ["servir", "dossiers"],
    }
    absent = subprocess.run(
        entree, env={**env, "MAILLAGE_CLE_FILE": "/absent"}, capture_output=True, text=True, check=False
    )
    assert absent.returncode == 78
    assert "MAILLAGE_CLE : le fichier /absent est illisible" in absent.stderr


READ_SETTINGS = (
    "import json, os, sys; print(json.dumps({'mot': os.environ['MAILLAGE_KAFKA_SASL_MOT_DE_PASSE'], "
    "'postgres_secrets': os.environ['MAILLAGE_POSTGRES_SECRETS'], 'arguments': sys.argv[1:]}))"
)


def test_compose_names_only_variables_that_something_reads() -> None:
    known = {f"MAILLAGE_{champ.upper()}" for champ in (*Settings.model_fields, *Administration.model_fields)}
    lines = (RACINE / "docker-compose.yml").read_text().splitlines()
    given = {line.split(":")[0].strip().removesuffix("_FILE") for line in lines if line.strip().startswith("MAILLAGE_")}
    assert given
    assert given <= known
