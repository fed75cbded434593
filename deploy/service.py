"""Runs one service in this process: its API, its worker, or both, until asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import structlog

from deploy.catalogue import SERVICES
from deploy.poste import servir
from deploy.terminal import arret
from services.socle import logging, telemetry
from services.socle.service import api, temoin, travailler
from services.socle.settings import ReglageInvalide, lire

log = structlog.get_logger()


async def faire_tourner(service: str, hote: str, port: int, partie: str) -> None:
    """Serve until SIGTERM. `service` « tout » runs them all here, on consecutive ports. Raises ReglageInvalide."""
    noms = tuple(SERVICES) if service == "tout" else (service,)
    if inconnus := [nom for nom in noms if nom not in SERVICES]:
        raise ReglageInvalide(f"Service inconnu : {', '.join(inconnus)}. Connus : {', '.join(SERVICES)}, tout.")
    if partie not in ("api", "travail", "tout"):
        raise ReglageInvalide("--partie : api, travail ou tout.")
    settings = lire()
    logging.configurer(service, settings.niveau)
    telemetry.configurer(service, settings.traces)
    async with contextlib.AsyncExitStack() as stack:
        taches: list[asyncio.Future[None]] = []
        for rang, nom in enumerate(noms):
            # A worker alone still shows its health and its metrics.
            app = temoin(SERVICES[nom]) if partie == "travail" else api(SERVICES[nom], settings)
            await stack.enter_async_context(servir(app, _prise(hote, port + rang)))
            if partie != "api":
                taches.append(asyncio.ensure_future(travailler(SERVICES[nom], settings)))
        log.info("service_demarre", services=noms, partie=partie)
        fin = asyncio.create_task(arret())
        done, _ = await asyncio.wait([fin, *taches], return_when=asyncio.FIRST_COMPLETED)
        for tache in taches:
            tache.cancel()
        await asyncio.gather(*taches, return_exceptions=True)
        for tache in done - {fin}:
            tache.result()  # a worker never ends by itself: what stopped it must be known, and restarts the process


def _prise(hote: str, port: int) -> socket.socket:
    famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
    prise = socket.socket(famille, socket.SOCK_STREAM)
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    prise.bind((hote, port))
    prise.listen(512)
    return prise
