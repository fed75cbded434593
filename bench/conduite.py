"""Who uses the services while we measure: a référent depositing notes, a landlord orienting households."""

from __future__ import annotations

import asyncio
import itertools
import time
from uuid import UUID, uuid4

from msgspec import Struct

from bench.client import Connexion, Debit, pousser, requete
from bench.taille import Taille
from bench.vies import ASSOCIATION, CONVENTION, DISPOSITIF, EXPOSE, NOTE, REFERENT
from services.socle.base.database import connect

CONNEXIONS = 16


async def noter(port: int, autorisation: str, dossiers: list[UUID], taille: Taille) -> Debit:
    """Deposit notes, dossier after dossier."""
    turn = itertools.cycle(dossiers)

    def suivante() -> bytes:
        body = {"note": uuid4(), "niveau": "equipe", "theme": "sante", "texte": NOTE}
        return requete(f"/v1/dossiers/{next(turn)}/deposer-note", autorisation, uuid4(), body)

    return await pousser(port, suivante, taille)


class Delais(Struct, frozen=True):
    """Seconds, one per command: answer → visible, request → answer. `debit`: commands answered a second."""

    visible: list[float]
    reponse: list[float]
    debit: float

    def total(self) -> list[float]:
        return [v + r for v, r in zip(self.visible, self.reponse, strict=True)]


class Regard(Struct, frozen=True):
    """How the association's portfolio is watched: `requete` takes the dossiers that wait and answers those it shows;
    `reglages` are the session's settings, as whoever looks has them."""

    dsn: str
    requete: str
    reglages: dict[str, str] = {}


def notre_regard(dsn_api: str) -> Regard:
    """One of its members', under row-level security."""
    return Regard(
        dsn_api,
        "SELECT dossier FROM vues.portefeuille WHERE dossier = ANY($1)",
        {"maillage.organisation": str(ASSOCIATION), "maillage.membre": str(REFERENT), "maillage.roles": "referent"},
    )


async def orienter(port: int, autorisation: str, regard: Regard, dossiers: list[UUID], debit: float) -> Delais:
    """Orient each dossier once, `debit` a second whatever the answers take, and watch the association's portfolio."""
    body = {
        "association": ASSOCIATION, "dispositif": DISPOSITIF, "convention": CONVENTION,
        "motifs": ["impayes"], "expose": EXPOSE,
    }  # fmt: skip
    asked: dict[UUID, float] = {}
    answered: dict[UUID, float] = {}
    waiting: set[UUID] = set()
    idle: asyncio.Queue[Connexion] = asyncio.Queue()
    for _ in range(CONNEXIONS):
        idle.put_nowait(await Connexion.ouvrir(port))

    async def une(dossier: UUID) -> None:
        message = requete(f"/v1/dossiers/{dossier}/orienter", autorisation, uuid4(), body)
        asked[dossier] = time.perf_counter()
        connexion = await idle.get()
        status, answer = await connexion.demander(message)
        answered[dossier] = time.perf_counter()
        idle.put_nowait(connexion)
        if status >= 300:
            raise RuntimeError(f"{status} {answer[:300]!r}")
        waiting.add(dossier)

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_observer(regard, waiting, len(dossiers)))
        start = time.perf_counter()
        for n, dossier in enumerate(dossiers):
            await asyncio.sleep(max(0.0, start + n / debit - time.perf_counter()))
            tasks.create_task(une(dossier))
    seen = watching.result()
    return Delais(
        [seen[d] - answered[d] for d in dossiers],
        [answered[d] - asked[d] for d in dossiers],
        len(dossiers) / (max(answered.values()) - start),
    )


async def _observer(regard: Regard, waiting: set[UUID], combien: int) -> dict[UUID, float]:
    """When each dossier was first read in the association's portfolio. Raises TimeoutError."""
    seen: dict[UUID, float] = {}
    connection = await connect(regard.dsn)
    try:
        for nom, valeur in regard.reglages.items():
            await connection.execute("SELECT set_config($1, $2, false)", nom, valeur)
        query = await connection.prepare(regard.requete)
        async with asyncio.timeout(120):
            while len(seen) < combien:
                if waiting:
                    found = [row[0] for row in await query.fetch(list(waiting))]
                    seen.update(dict.fromkeys(found, time.perf_counter()))
                    waiting.difference_update(found)
                await asyncio.sleep(0.002)
    finally:
        await connection.close()
    return seen
