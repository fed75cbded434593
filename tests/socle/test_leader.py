"""One copy works at a time, and another goes on as soon as it is gone."""

from __future__ import annotations

import asyncio

import asyncpg

from deploy.roles import Acces
from services.socle.base.database import Connection
from services.socle.delivery.leader import lead_always


class Travail:
    """Notes who works, and whether two ever did at once."""

    def __init__(self) -> None:
        self.au_travail: set[str] = set()
        self.ensemble = 0
        self.vies: list[str] = []

    def de(self, qui: str, panne: Exception | None = None) -> asyncio.Task[None]:
        async def travailler(connection: Connection) -> None:
            self.au_travail.add(qui)
            self.vies.append(qui)
            self.ensemble = max(self.ensemble, len(self.au_travail))
            try:
                if panne is not None:
                    raise panne
                while True:
                    await connection.fetchval("SELECT 1")  # what needs the lead asks through its connection
                    await asyncio.sleep(0.01)
            finally:
                self.au_travail.discard(qui)

        return asyncio.create_task(lead_always(self.dsn, self.nom, travailler))

    dsn, nom = "", "essai:meneur"


async def attendre(travail: Travail, qui: str) -> None:
    async with asyncio.timeout(10):
        while travail.au_travail != {qui}:
            await asyncio.sleep(0.01)


async def arreter(*taches: asyncio.Task[None]) -> None:
    for tache in taches:
        tache.cancel()
    await asyncio.gather(*taches, return_exceptions=True)


async def test_one_leads_and_the_other_takes_over(bases: Acces) -> None:
    travail = Travail()
    travail.dsn = bases.dsn("dossiers", "suite")
    premiere = travail.de("premiere")
    await attendre(travail, "premiere")
    seconde = travail.de("seconde")
    await asyncio.sleep(0.3)
    assert travail.au_travail == {"premiere"}
    await arreter(premiere)
    await attendre(travail, "seconde")
    await arreter(seconde)
    assert travail.ensemble == 1


async def test_who_loses_the_connection_loses_the_lead(bases: Acces, postgres: object) -> None:
    travail = Travail()
    travail.dsn = bases.dsn("dossiers", "suite")
    taches = [travail.de("premiere"), travail.de("seconde")]
    async with asyncio.timeout(10):
        while not travail.au_travail:
            await asyncio.sleep(0.01)
    [meneur] = travail.au_travail
    admin = await asyncpg.connect(postgres.dsn_admin)  # type: ignore[attr-defined]  # the fixture's own protocol
    await admin.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_locks
            WHERE locktype = 'advisory' AND granted
              AND (classid::bigint << 32 | objid::bigint) = hashtextextended($1, 0)""",
        travail.nom,
    )
    await admin.close()
    async with asyncio.timeout(10):
        while len(travail.vies) < 2:
            await asyncio.sleep(0.01)
    await arreter(*taches)
    assert travail.ensemble == 1
    assert meneur == travail.vies[0]


async def test_a_fault_does_not_end_it(bases: Acces) -> None:
    travail = Travail()
    travail.dsn = bases.dsn("dossiers", "suite")
    tache = travail.de("premiere", panne=KeyError("un défaut"))
    async with asyncio.timeout(10):
        while len(travail.vies) < 3:
            await asyncio.sleep(0.01)
    assert not tache.done()
    await arreter(tache)
