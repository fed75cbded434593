"""From a command accepted to the row in the other organisation's view, at 200 commands a second.

The landlord orients households over HTTP; each must appear in the association's portfolio. Time runs from the moment the
HTTP answer has arrived (the command is accepted) to the moment a query under the association's row-level security has
returned the row; the details also give it from the moment the request left. A run in which the API did not keep up with
the rate holds nothing. In between: the relay finds the fact behind the fence, Kafka keeps it, the worker folds it and
commits. API, worker, PostgreSQL, broker, client and the observing query share the machine. The observer looks about every
millisecond, and what it adds is counted in.

Beside it: the bare broker at the same rate, from an aiokafka producer's send to a consumer that has the message.
"""

from __future__ import annotations

import asyncio
import time
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec import Struct
from msgspec.structs import replace

from deploy.banc.client import Connexion, requete
from deploy.banc.deploiement import Deploiement, deploiement
from deploy.banc.enfant import dans_une_boucle
from deploy.banc.mesure import Cible, Mesure, centile, comparer
from deploy.banc.taille import Taille
from deploy.banc.terrain import Terrain
from deploy.banc.vies import ASSOCIATION, CONVENTION, DISPOSITIF, EXPOSE, ORIENTABLE, REFERENT
from deploy.moteurs.sujets import creer_sujets
from services.socle.database import connect

CONNEXIONS = 16


class Delais(Struct, frozen=True):
    """Seconds, one per command: answer → visible, request → answer. `debit`: commands answered a second."""

    visible: list[float]
    reponse: list[float]
    debit: float

    def total(self) -> list[float]:
        return [v + r for v, r in zip(self.visible, self.reponse, strict=True)]


async def mesurer(terrain: Terrain, taille: Taille) -> list[Mesure]:
    async with deploiement(terrain, "delai") as le:
        return await _mesurer(le, taille)


async def _mesurer(le: Deploiement, taille: Taille) -> list[Mesure]:
    ours: list[Delais] = []
    theirs: list[list[float]] = []
    bootstrap = le.terrain.kafka.bootstrap
    count = int(taille.debit * taille.secondes_delai)
    dossiers = [d.stream for d in await le.remplir(count * (taille.essais + 1), ORIENTABLE)]
    await le.au_calme()
    for run in range(taille.essais + 1):
        await le.terrain.au_propre()
        batch = dossiers[run * count : (run + 1) * count]
        found = await dans_une_boucle(
            orienter, le.port, le.autorisation("agent"), le.acces.dsn("dossiers", "api"), batch, taille.debit
        )
        if run == 0:  # the first run warms caches and prepared statements
            continue
        ours.append(found)
        topic = f"banc-{uuid4().hex[:8]}"
        creer_sujets(bootstrap, {topic: 6})
        theirs.append(await dans_une_boucle(produire_et_lire, bootstrap, topic, taille.debit, count // 2))
    kept = min(d.debit for d in ours)
    lines: list[Mesure] = []
    for nom, part, cible in (("p50", 0.5, 12), ("p99", 0.99, 30)):
        details: dict[str, float | str] = {
            "depuis l'envoi de la requête": _median_of([d.total() for d in ours], part),
            "réponse HTTP seule": _median_of([d.reponse for d in ours], part),
            "débit tenu /s": round(kept, 1),
        }
        lines += comparer(
            f"commande acceptée → visible en face, {taille.debit:.0f}/s, {nom}", "ms",
            [centile(d.visible, part) * 1000 for d in ours], "Kafka nu, produire → lire",
            [centile(t, part) * 1000 for t in theirs], Cible(cible, "nous", "au plus"), details=details,
        )  # fmt: skip
    # Less would be another measure: with fewer commands under way the way is free.
    return [replace(line, holds=line.holds and kept > 0.95 * taille.debit) for line in lines]


def _median_of(runs: list[list[float]], part: float) -> float:
    values = sorted(centile(run, part) * 1000 for run in runs)
    return round(values[len(values) // 2], 2)


async def orienter(port: int, autorisation: str, dsn_api: str, dossiers: list[UUID], debit: float) -> Delais:
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
        watching = tasks.create_task(_observer(dsn_api, waiting, len(dossiers)))
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


async def _observer(dsn_api: str, waiting: set[UUID], combien: int) -> dict[UUID, float]:
    """When each dossier was first read in the association's portfolio, by one of its members. Raises TimeoutError."""
    seen: dict[UUID, float] = {}
    connection = await connect(dsn_api)
    try:
        await connection.execute(
            """SELECT set_config('maillage.organisation', $1, false), set_config('maillage.membre', $2, false),
                      set_config('maillage.roles', 'referent', false)""",
            str(ASSOCIATION), str(REFERENT),
        )  # fmt: skip
        query = await connection.prepare("SELECT dossier FROM vues.portefeuille WHERE dossier = ANY($1)")
        async with asyncio.timeout(120):
            while len(seen) < combien:
                if waiting:
                    found = [row[0] for row in await query.fetch(list(waiting))]
                    seen.update(dict.fromkeys(found, time.perf_counter()))
                    waiting.difference_update(found)
                await asyncio.sleep(0.001)
    finally:
        await connection.close()
    return seen


async def produire_et_lire(bootstrap: str, topic: str, debit: float, combien: int) -> list[float]:
    """Seconds from send to receipt of each message, through the broker and nothing else."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    await producer.start()
    await consumer.start()
    sent: list[float] = []
    delays: list[float] = []

    async def lire() -> None:
        while len(delays) < combien:
            message = await consumer.getone()
            delays.append(time.perf_counter() - sent[int(message.value[:8])])

    async with asyncio.timeout(120):
        reading = asyncio.create_task(lire())
        start = time.perf_counter()
        for n in range(combien):
            await asyncio.sleep(max(0.0, start + n / debit - time.perf_counter()))
            sent.append(time.perf_counter())
            await producer.send(topic, b"%08d" % n + bytes(1200), partition=n % 6)
        await reading
    await consumer.stop()
    await producer.stop()
    return delays
