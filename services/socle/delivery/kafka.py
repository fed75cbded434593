"""How this process reaches Kafka: one place for addresses, users and certificates."""

from __future__ import annotations

import ssl
from typing import Any

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram256, SASLScram512

from services.socle.base.settings import Settings

__all__ = ["KafkaError", "broker", "client"]


def client(settings: Settings) -> dict[str, Any]:
    """The arguments of an aiokafka client."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "security_protocol": settings.kafka_securite,
        "metadata_max_age_ms": 30000,
    }
    if settings.kafka_securite.endswith("SSL"):
        arguments["ssl_context"] = _tls(settings)
    if settings.kafka_securite.startswith("SASL"):
        user, password = _compte(settings)
        arguments |= {
            "sasl_mechanism": settings.kafka_sasl_mecanisme,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    return arguments


def broker(settings: Settings) -> KafkaBroker:
    """FastStream's broker, to be subscribed to: what we send goes through the relay's own producer."""
    return KafkaBroker(
        settings.kafka,
        consumer_only=True,
        # What we are sent we read ourselves. Left to look for more, it would ask another thread for every batch.
        apply_types=False,
        security=_securite(settings),
        graceful_timeout=10.0,
        metadata_max_age_ms=30000,
        logger=None,
    )


def _securite(settings: Settings) -> BaseSecurity | None:
    tls = settings.kafka_securite.endswith("SSL")
    context = _tls(settings) if tls else None
    if not settings.kafka_securite.startswith("SASL"):
        return BaseSecurity(ssl_context=context, use_ssl=True) if tls else None
    user, password = _compte(settings)
    scram = SASLScram256 if settings.kafka_sasl_mecanisme == "SCRAM-SHA-256" else SASLScram512
    return scram(username=user, password=password, ssl_context=context, use_ssl=tls)


def _compte(settings: Settings) -> tuple[str, str]:
    secret = settings.kafka_sasl_mot_de_passe
    return settings.kafka_sasl_utilisateur or "", secret.get_secret_value() if secret else ""


def _tls(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.kafka_ca) if settings.kafka_ca else None)
