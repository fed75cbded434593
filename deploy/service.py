"""Runs one service in this process: its API, its worker, or both, until asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from contextlib import AbstractContextManager

import structlog
from fastapi import FastAPI

from deploy.catalogue import PORTAIL, SERVICES
from deploy.poste import servir
from deploy.terminal import arret
from services.portail import app as portail
from services.socle.base import logging
from services.socle.base.settings import ReglageInvalide, Settings, lire
from services.socle.service import api, temoin, travailler

log = structlog.get_logger()


async def faire_tourner(service: str, hote: str, port: int, partie: str) -> None:
    """Serve until SIGTERM. `service` « tout » runs them all here, on consecutive ports. Raises ReglageInvalide."""
    connus = (*SERVICES, PORTAIL)
    noms = connus if service == "tout" else (service,)
    if inconnus := [nom for nom in noms if nom not in connus]:
        raise ReglageInvalide(f"Service inconnu : {', '.join(inconnus)}. Connus : {', '.join(connus)}, tout.")
    if partie not in ("api", "travail", "tout"):
        raise ReglageInvalide("--partie : api, travail ou tout.")
    settings = lire()
    logging.configurer(service, settings.niveau)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(traces(service, settings))
        taches: list[asyncio.Future[None]] = []
        for rang, nom in enumerate(noms):
            # A worker alone still shows its health and its metrics.
            app = _temoin(nom) if partie == "travail" else _api(nom, settings)
            await stack.enter_async_context(servir(app, _prise(hote, port + rang)))
            if partie != "api":
                taches.append(asyncio.ensure_future(_travailler(nom, settings)))
        # The program itself is no garbage: looked through again and again, it would stop the service for a fifth of a second.
        gc.freeze()
        log.info("service_demarre", services=noms, partie=partie)
        fin = asyncio.create_task(arret())
        done, _ = await asyncio.wait([fin, *taches], return_when=asyncio.FIRST_COMPLETED)
        for tache in taches:
            tache.cancel()
        await asyncio.gather(*taches, return_exceptions=True)
        for tache in done - {fin}:
            tache.result()  # a worker never ends by itself: what stopped it must be known, and restarts the process


def traces(service: str, settings: Settings) -> AbstractContextManager[None]:
    """Traces for the time of the block, if the settings say where they go: docker-compose.yml gives « nowhere » as empty."""
    if not settings.traces:
        return contextlib.nullcontext()
    # Read only where traces are wanted: the SDK and the exporter take a fifth of a second and four megabytes.
    from services.socle.base.exporting import exporting

    return exporting(service, settings.traces, settings.traces_part)


def _api(nom: str, settings: Settings) -> FastAPI:
    return portail.application(settings) if nom == PORTAIL else api(SERVICES[nom], settings)


def _temoin(nom: str) -> FastAPI:
    return portail.temoin() if nom == PORTAIL else temoin(SERVICES[nom])


async def _travailler(nom: str, settings: Settings) -> None:
    await (portail.travailler(settings) if nom == PORTAIL else travailler(SERVICES[nom], settings))


def _prise(hote: str, port: int) -> socket.socket:
    famille = socket.AF_INET6 if ":" in hote else socket.AF_INET
    prise = socket.socket(famille, socket.SOCK_STREAM)
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    prise.bind((hote, port))
    prise.listen(512)
    return prise
