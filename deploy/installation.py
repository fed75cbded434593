"""Makes an empty deployment usable: databases migrated, first organisation and service accounts in place."""

from __future__ import annotations

from contextlib import AsyncExitStack

from deploy.migrations.migrer import DSN, migrer
from services.partenaires.amorce import Compte, Installation, amorcer
from services.partenaires.app import SERVICE as PARTENAIRES
from services.socle.base.clock import horloge
from services.socle.base.settings import Settings
from services.socle.service import ouvrir


async def installer(
    settings: Settings, dsn: DSN, emetteur: str, exploitant: str = "exploitant"
) -> list[tuple[str, str]]:
    """Migrate, then register who runs the deployment and the accounts its services use. A second run changes nothing.

    Answers the views that must be rebuilt because their declaration changed.
    """
    perimees = await migrer(dsn)
    installation = Installation(
        nom="Exploitant",
        commune="75056",
        emetteur=emetteur,
        exploitants=(Compte("Exploitant", exploitant),),
        services=(Compte("Service notifications", settings.jeton_client or "service.notifications"),),
    )
    async with AsyncExitStack() as stack:
        moyens = await ouvrir(PARTENAIRES, settings, stack)
        await amorcer(moyens.handler, moyens.dehors, installation, horloge(settings).now())
    return perimees
