"""What must exist before the migrations: databases and roles, and Kafka's users, rights and topics.

`maillage migrer` calls it with what only an administrator has; the services never see these settings.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.kafka import acl
from deploy.moteurs.sujets import SUJETS, Identifiants, creer_sujets
from deploy.roles import Acces, preparer


class Administration(BaseSettings):
    """One field per variable: `admin_postgres` is MAILLAGE_ADMIN_POSTGRES."""

    model_config = SettingsConfigDict(env_prefix="MAILLAGE_", frozen=True, extra="ignore")

    admin_postgres: SecretStr
    """A superuser's connection string."""
    postgres_secrets: Path
    """JSON, role to password: completed with what it lacks."""
    bases: str = "maillage_"
    """What the databases' names begin with."""

    kafka: str
    """Bootstrap servers."""
    kafka_securite: str = "PLAINTEXT"
    kafka_ca: Path | None = None
    admin_kafka: str = "admin"
    admin_kafka_mot_de_passe: SecretStr | None = None
    """Absent on a broker without users."""
    admin_kafka_comptes: Path | None = None
    """JSON, service to the password of its Kafka user."""

    def administrateur_kafka(self) -> Identifiants | None:
        if self.admin_kafka_mot_de_passe is None:
            return None
        secret = self.admin_kafka_mot_de_passe.get_secret_value()
        return Identifiants(
            self.admin_kafka, secret, self.kafka_securite, str(self.kafka_ca) if self.kafka_ca else None
        )


async def preparer_deploiement(reglages: Administration) -> Acces:
    """Create what is missing, on both; a second run changes nothing. Raises asyncpg.PostgresError, KafkaException."""
    acces = await preparer(
        reglages.admin_postgres.get_secret_value(), reglages.postgres_secrets, prefixe=reglages.bases
    )
    admin = reglages.administrateur_kafka()
    if admin and reglages.admin_kafka_comptes:
        acl.preparer(reglages.kafka, admin, json.loads(reglages.admin_kafka_comptes.read_text()))
    else:
        creer_sujets(reglages.kafka, SUJETS, admin)
    return acces


def ouvrir_flux(reglages: Administration, financeur: str) -> Identifiants:
    """A Kafka user that reads `flux.{financeur}.*` and nothing else; asked again, its password changes.

    Raises ValueError for an impossible name or a broker without users, KafkaException.
    """
    admin = reglages.administrateur_kafka()
    if admin is None:
        raise ValueError("this broker has no users: MAILLAGE_ADMIN_KAFKA_MOT_DE_PASSE is not set")
    return acl.ouvrir_flux(reglages.kafka, admin, financeur)
