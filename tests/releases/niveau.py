"""Brings a release's databases to today's code, as an operator does who restores a backup on a new server and upgrades.

The seams it goes through stand in this module's imports, and nowhere else in the tests of releases.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from deploy.catalogue import SERVICES
from deploy.migrations.migrer import empreinte, migrer
from deploy.roles import preparer
from services.socle.base.database import connect
from services.socle.delivery.relay import Relay
from services.socle.rebuild import rebuild
from services.socle.service import Definition, ouvrir_atelier, travailler
from services.socle.views.view import with_keys
from tests.monde import Monde, monde
from tests.releases.photo import CETTE_VIE, Bases, Photos
from tests.releases.release import Release
from tests.socle.chaine import en_fond

__all__ = ["SERVICES", "Niveau", "mettre_a_niveau", "ouvrir_atelier"]


class Niveau(Struct, frozen=True):
    """An upgraded deployment, running. `avant`: as restored; `refaite`: migrated, each view rebuilt, nobody reading yet;
    `relue`: once the readers have read everything again. `perimees`: what the migration asked to rebuild; of these the
    views `neuves` had been taken away before, as if the release had not had them. All are (service, view)."""

    release: Release
    monde: Monde
    bases: Bases
    perimees: Sequence[tuple[str, str]]
    neuves: Sequence[tuple[str, str]]
    avant: Photos
    refaite: Photos
    relue: Photos


@asynccontextmanager
async def mettre_a_niveau(release: Release, dsn_admin: str, kafka: str, dossier: Path) -> AsyncIterator[Niveau]:
    """`dsn_admin`: of a server that holds nothing yet; `kafka`: of a broker that does neither; `dossier`: an empty one."""
    fiche, bases = release.fiche, Bases(dsn_admin)
    cle = dossier / "cle"
    cle.touch(0o600)
    cle.write_bytes(bytes.fromhex(fiche.cle_maitre))
    await release.restaurer(dsn_admin)
    acces = await preparer(dsn_admin, dossier / "secrets.json")
    avant = await _photos(bases)
    neuves = [(nom, definition.vues[-1].name) for nom, definition in SERVICES.items()]
    for nom, vue in neuves:
        await bases.valeur(nom, f"DROP TABLE IF EXISTS vues.{vue}")
    perimees = await migrer(acces.dsn)
    async with AsyncExitStack() as stack:
        m = await stack.enter_async_context(
            monde(
                acces, kafka, dossier, list(SERVICES.values()), travail=False,
                emetteur=fiche.emetteur, instant=datetime.fromisoformat(fiche.instant),
            )
        )  # fmt: skip
        await _refaire(m)
        refaite = await _photos(bases)
        for definition in SERVICES.values():
            await stack.enter_async_context(en_fond(travailler(definition, m.settings)))
        async with asyncio.timeout(60):
            while not await _relu(bases):
                await asyncio.sleep(0.1)
        yield Niveau(release, m, bases, perimees, neuves, avant, refaite, await _photos(bases))


async def _refaire(m: Monde) -> None:
    """Rebuild every view; the relays tell the broker meanwhile what it does not know any more."""
    async with AsyncExitStack() as stack:
        for nom in SERVICES:
            relay = Relay(nom, m.acces.dsn(nom, "suite"), nom, lambda: {"bootstrap_servers": m.settings.kafka})
            await stack.enter_async_context(en_fond(relay.run()))
        await asyncio.gather(*(_refaire_les_vues(definition, m) for definition in SERVICES.values()))


async def _refaire_les_vues(definition: Definition[Any], m: Monde) -> None:
    nom = definition.nom
    owner = await connect(m.acces.dsn(nom, "proprietaire"))
    async with ouvrir_atelier(definition, m.settings) as atelier:
        for vue in with_keys(definition.vues, atelier.trousseau):
            await rebuild(
                definition, vue, owner, m.acces.dsn(nom, "suite"), lambda: {"bootstrap_servers": m.settings.kafka},
                digest=empreinte(nom, vue),
            )  # fmt: skip
    await owner.close()


async def _relu(bases: Bases) -> bool:
    """Whether each service's reader has come to the end of every topic it follows, and each feed is sent, in this life."""
    lus = f"""SELECT coalesce(sum(prochain), 0) FROM faits.lectures_kafka
               WHERE lecteur = $1 AND topic = $2 AND {CETTE_VIE}"""
    envoyes = f"""SELECT coalesce(bool_and({CETTE_VIE} AND pos = (SELECT count(*) FROM vues.flux)), true)
                    FROM faits.curseurs WHERE nom LIKE 'flux.%'"""
    combien = {nom: await bases.valeur(nom, "SELECT count(*) FROM faits.events") for nom in SERVICES}
    lectures = [
        await bases.valeur(nom, lus, definition.lecteur, sujet) >= combien[sujet]
        for nom, definition in SERVICES.items()
        for sujet in definition.topics
    ]
    return all(lectures) and bool(await bases.valeur("notifications", envoyes))


async def _photos(bases: Bases) -> Photos:
    return {nom: await bases.photo(nom) for nom in SERVICES}
