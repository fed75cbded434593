"""Appending: our group commit beside the `eventsourcing` library and beside one statement per command.

Every command makes a new stream with one event of 400 bytes. Ours is the product's own GroupCommit under the role it has
in production: it writes the stream's head, the event with its envelope and the command's id. The library runs in its safe
mode (no database functions) with sixteen threads; it writes one row. The third is what one would write by hand on
asyncpg: into the same tables, the head checked, without the command's id, on 32 connections. Ids are drawn by `uuid_utils`
for all three: the standard library asks the kernel for each, and the four of a command took our process as long as its append.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from uuid_utils.compat import uuid4

from bench import pair_eventsourcing as pair
from bench.enfant import dans_un_processus, dans_une_boucle
from bench.mesure import Cible, Mesure, comparer
from bench.taille import Taille
from services.socle.base.database import pool
from services.socle.facts.append import Fact, GroupCommit, Part, Write

if TYPE_CHECKING:  # it brings the services along, and this module runs in processes of its own
    from bench.terrain import Terrain

OCTETS = b"x" * 400
ORGANISATION, AUTEUR = UUID(int=1), UUID(int=2)
UNE_INSTRUCTION = """
WITH tete AS (
  INSERT INTO faits.streams (stream_id, version, organisations) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING RETURNING 1
)
INSERT INTO faits.events (id, stream_id, version, type, schema_version, data,
                          organisation, auteur, instant, correlation, causation)
SELECT $3, $1, 1, $4, 1, $5, $6, $7, $8, $9, $10 FROM tete"""


async def mesurer(terrain: Terrain, taille: Taille) -> list[Mesure]:
    groupe_64: list[float] = []
    groupe_1: list[float] = []
    lib_64: list[float] = []
    lib_1: list[float] = []
    une: list[float] = []
    async with terrain.bases("ajout") as acces, terrain.base_du_pair("evenements") as base:
        ajout = acces.dsn("dossiers", "ajout")
        for _ in range(taille.essais):
            await terrain.au_propre()
            groupe_64.append(await dans_une_boucle(par_groupe, ajout, 64, taille))
            lib_64.append(await dans_un_processus(pair.ajouter, base, 16, OCTETS, taille))
            une.append(await dans_une_boucle(une_par_une, ajout, 64, 32, taille))
            groupe_1.append(await dans_une_boucle(par_groupe, ajout, 1, taille))
            lib_1.append(await dans_un_processus(pair.ajouter, base, 1, OCTETS, taille))
    unit, safe = "faits/s", "eventsourcing, mode sûr"
    return [
        *comparer("ajout, 64 en vol", unit, groupe_64, f"{safe}, 16 fils", lib_64, Cible(20)),
        *comparer("ajout, un en vol", unit, groupe_1, safe, lib_1, Cible(1.5)),
        *comparer(
            "ajout, 64 en vol",
            unit,
            groupe_64,
            "une instruction par commande, 32 connexions",
            une,
            Cible(3, porte=False),
        ),
    ]


async def par_groupe(dsn: str, en_vol: int, taille: Taille) -> float:
    """Events a second through the product's group commit."""
    async with pool(dsn, largest=8) as connections, GroupCommit(connections) as groupe:

        async def une_commande() -> None:
            fact = Fact(uuid4(), "NoteDeposee", 1, OCTETS)
            part = Part(uuid4(), 0, (fact,), frozenset({ORGANISATION}))
            write = Write((part,), ORGANISATION, AUTEUR, uuid4(), bytes(32), datetime.now(UTC), uuid4())
            if not await groupe.append(write):
                raise RuntimeError("a new stream cannot be in conflict")

        return await _cadence(une_commande, en_vol, taille)


async def une_par_une(dsn: str, en_vol: int, connexions: int, taille: Taille) -> float:
    """Events a second with one statement and one commit per command."""
    async with pool(dsn, smallest=connexions, largest=connexions) as connections:

        async def une_commande() -> None:
            async with connections.acquire() as connection:
                await connection.execute(
                    UNE_INSTRUCTION, uuid4(), [ORGANISATION], uuid4(), "NoteDeposee", OCTETS, ORGANISATION, AUTEUR,
                    datetime.now(UTC), uuid4(), uuid4(),
                )  # fmt: skip

        return await _cadence(une_commande, en_vol, taille)


async def _cadence(commande: Callable[[], Awaitable[None]], en_vol: int, taille: Taille) -> float:
    """How many commands a second end, `en_vol` of them always under way, warm-up not counted."""
    begin = time.perf_counter() + taille.chauffe
    end = begin + taille.secondes
    done = 0

    async def encore() -> None:
        nonlocal done
        while (now := time.perf_counter()) < end:
            await commande()
            done += now >= begin

    await asyncio.gather(*(encore() for _ in range(en_vol)))
    return done / (time.perf_counter() - begin)
