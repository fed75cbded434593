"""What a deployment is made of: its services, each as it defines itself."""

from __future__ import annotations

from typing import Any

from services.dossiers.app import SERVICE as DOSSIERS
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.partenaires.app import SERVICE as PARTENAIRES
from services.socle.service import Definition

SERVICES: dict[str, Definition[Any]] = {service.nom: service for service in (PARTENAIRES, DOSSIERS, NOTIFICATIONS)}

PORTAIL = "portail"
"""The pages: beside the services rather than one of them, since they decide nothing and own no fact."""
