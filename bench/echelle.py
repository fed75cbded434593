"""What a command costs in a store of 100,000 dossiers, beside the same in a store of 1,000.

Two stores on the same server, of lives followed up to their first interview, each fact with its command and each household
with its keys. The commands (a note on a dossier drawn at random) take the product's whole way below HTTP: load, decide,
seal, append. Cost is wall time per command, 16 under way in one process. The small store is loaded by COPY, every text
sealed; the large one is the same lives copied under other ids until there are enough.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from bench.enfant import dans_une_boucle
from bench.magasin import pour_de_bon, remplir, trousseau
from bench.mesure import Cible, Mesure, comparer
from bench.taille import Taille
from bench.terrain import Terrain
from bench.vies import ASSOCIATION, NOTE, REFERENT, SUIVI
from deploy.roles import Acces
from services.dossiers.app import SERVICE
from services.dossiers.chapitres.notes import DeposerNote, notes
from services.socle.base.calendar import date_paris
from services.socle.base.settings import Settings
from services.socle.facts.act import Acte
from services.socle.service import ouvrir

EN_VOL = 16

COPIER = """
CREATE TEMP TABLE copies ON COMMIT DROP AS
SELECT s.stream_id AS modele, gen_random_uuid() AS stream_id, s.version, s.organisations
  FROM faits.streams s CROSS JOIN generate_series(1, $1);
"""
FAITS = """
INSERT INTO faits.streams (stream_id, version, organisations) SELECT stream_id, version, organisations FROM copies;

INSERT INTO faits.events (id, stream_id, version, type, schema_version, data, organisation, auteur, instant,
                          correlation, causation)
SELECT gen_random_uuid(), c.stream_id, e.version, e.type, e.schema_version, e.data, e.organisation, e.auteur, e.instant,
       gen_random_uuid(), gen_random_uuid()
  FROM copies c JOIN faits.events e ON e.stream_id = c.modele;

INSERT INTO faits.commands (organisation, command_id, empreinte, stream_id, version)
SELECT e.organisation, e.causation, decode(repeat('00', 32), 'hex'), e.stream_id, e.version
  FROM faits.events e JOIN copies c USING (stream_id);
"""
CLES = """
INSERT INTO dossiers.cles (cle, personne, organisation, enveloppe)
SELECT gen_random_uuid(), gen_random_uuid(), c.organisation, c.enveloppe
  FROM dossiers.cles c CROSS JOIN generate_series(1, $1)"""


async def mesurer(terrain: Terrain, taille: Taille) -> list[Mesure]:
    large: list[float] = []
    small: list[float] = []
    async with AsyncExitStack() as stack:
        stores = []
        for nom, times in (("petit", 1), ("grand", taille.grand // taille.petit)):
            acces = await stack.enter_async_context(terrain.bases(nom))
            stores.append((await _magasin(terrain, acces, nom, taille.petit, times), await _tirage(terrain, acces)))
        (petit, some_small), (grand, some_large) = stores
        await dans_une_boucle(cout, grand, some_large, taille)  # brings the large store's pages in from the disk
        for _ in range(taille.essais):
            await terrain.au_propre()
            small.append(await dans_une_boucle(cout, petit, some_small, taille))
            large.append(await dans_une_boucle(cout, grand, some_large, taille))
    combien, au_lieu = _milliers(taille.petit), _milliers(taille.grand)
    return comparer(
        f"commande à {au_lieu}", "ms", large, f"la même où il y a {combien} dossiers au lieu de {au_lieu}", small,
        Cible(1.3, "ratio", "au plus"),
    )  # fmt: skip


def _milliers(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")


async def _magasin(terrain: Terrain, acces: Acces, nom: str, petit: int, times: int) -> Settings:
    """A store of `petit` × `times` dossiers; answers the settings that reach it."""
    settings = terrain.reglages(acces, nom)
    async with trousseau(settings) as cles:
        await remplir(terrain.dsn_admin_de(acces.base("dossiers")), petit, SUIVI, pour_de_bon(cles))
    if times > 1:
        await _multiplier(terrain, acces, times - 1)
    return settings


async def _multiplier(terrain: Terrain, acces: Acces, times: int) -> None:
    facts = await asyncpg.connect(terrain.dsn_admin_de(acces.base("dossiers")))
    keys = await asyncpg.connect(terrain.dsn_admin_de(acces.base_cles))
    try:
        async with facts.transaction():
            await facts.execute(COPIER.replace("$1", str(times)))
            await facts.execute("ANALYZE copies")
            await facts.execute(FAITS)
        await facts.execute("VACUUM ANALYZE faits.streams, faits.events, faits.commands")
        await keys.execute(CLES, times)
        await keys.execute("VACUUM ANALYZE dossiers.cles")
    finally:
        await facts.close()
        await keys.close()


async def _tirage(terrain: Terrain, acces: Acces, combien: int = 20_000) -> list[UUID]:
    """Dossiers in no order, drawn from the whole store."""
    connection = await asyncpg.connect(terrain.dsn_admin_de(acces.base("dossiers")))
    try:
        rows = await connection.fetch("SELECT stream_id FROM faits.streams ORDER BY random() LIMIT $1", combien)
    finally:
        await connection.close()
    return [row[0] for row in rows]


async def cout(settings: Settings, dossiers: Sequence[UUID], taille: Taille) -> float:
    """Milliseconds per command."""
    async with AsyncExitStack() as stack:
        moyens = await ouvrir(SERVICE, settings, stack)
        begin = time.perf_counter() + taille.chauffe
        end = begin + taille.secondes
        done = 0

        async def encore() -> None:
            nonlocal done
            while (now := time.perf_counter()) < end:
                command = DeposerNote(note=uuid4(), niveau="equipe", theme="sante", texte=NOTE)
                order = notes.act("deposer-note").order(random.choice(dossiers), command, moyens.dehors, None)
                await moyens.handler.executer(order, _acte())
                done += now >= begin

        await asyncio.gather(*(encore() for _ in range(EN_VOL)))
        return (time.perf_counter() - begin) / done * 1000


def _acte() -> Acte:
    now = datetime.now(UTC)
    return Acte(ASSOCIATION, REFERENT, frozenset({"referent"}), now, date_paris(now), uuid4(), uuid4())
