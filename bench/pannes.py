"""Lost, doubled or misplaced facts after a run in which the worker is killed again and again: there must be none.

Notes are deposited over HTTP while the worker process (relay and projector) is killed with SIGKILL and started again.
When everything is quiet, each stream is compared with the store, in three places:

- lost: a fact of the store that Kafka has not, a command answered « accepted » that the store has not
- misplaced: a fact that first appears on Kafka after a later one of its stream
- doubled or lost in effect: rows of the views that differ from a rebuild (a repeated fact must not count twice)

Kafka itself may hold a fact twice after a fault (the relay sends again what was not acknowledged); readers drop it. How
many there were stands in the details. When the fault tests have left their summary, its counts stand there too.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from aiokafka import AIOKafkaConsumer

from bench.client import Connexion, requete
from bench.deploiement import Deploiement
from bench.mesure import Cible, Mesure, comparer
from bench.reconstruction import reconstruire, vues_propres
from bench.taille import Taille
from bench.terrain import RACINE
from bench.vies import NOTE, SUIVI
from contracts.envelope import lire
from services.socle.base.database import connect
from services.socle.rebuild import fingerprint

RESUME = RACINE / "build" / "pannes.json"
ECRIVAINS = 4


async def mesurer(le: Deploiement, taille: Taille) -> list[Mesure]:
    dossiers = [dossier.stream for dossier in await le.remplir(taille.dossiers_http, SUIVI)]
    await le.au_calme()
    before = await _combien(le)
    fin = asyncio.Event()
    load = asyncio.gather(*(_charger(le, dossiers, fin) for _ in range(ECRIVAINS)))
    for _ in range(taille.pannes):
        await _tuer_au_travail(le)
    fin.set()
    accepted = sum(await load)
    await le.au_calme()
    comptes = await _comptes(le)
    comptes["commandes acceptées"] = accepted
    comptes["commandes perdues"] = max(0, accepted - (comptes["faits"] - before))
    wrong = sum(comptes[nom] for nom in ("perdus", "déplacés", "écarts des vues", "commandes perdues"))
    return comparer(
        "perdus ou déplacés", "faits", [float(wrong)], f"worker tué {taille.pannes} fois", [],
        Cible(0, "nous", "au plus"), details={**comptes, **_resume(RESUME)},
    )  # fmt: skip


async def _combien(le: Deploiement) -> int:
    connection = await connect(le.acces.dsn("dossiers", "suite"))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM faits.events"))
    finally:
        await connection.close()


async def _charger(le: Deploiement, dossiers: Sequence[UUID], fin: asyncio.Event) -> int:
    """Deposit notes one after the other until told to end; how many were accepted. Raises RuntimeError on a refusal."""
    connexion, accepted = await Connexion.ouvrir(le.port), 0
    while not fin.is_set():
        body = {"note": uuid4(), "niveau": "equipe", "theme": "sante", "texte": NOTE}
        chemin = f"/v1/dossiers/{random.choice(dossiers)}/deposer-note"
        status, answer = await connexion.demander(requete(chemin, le.autorisation("referent"), uuid4(), body))
        if status >= 300:
            raise RuntimeError(f"{status} {answer[:300]!r}")
        accepted += 1
    connexion.fermer()
    return accepted


async def _tuer_au_travail(le: Deploiement) -> None:
    """Kill the worker at some moment after it has moved facts again, and start another. Raises TimeoutError."""
    connection = await connect(le.acces.dsn("dossiers", "suite"))
    try:
        state = "SELECT (SELECT max(pos) FROM faits.curseurs), (SELECT sum(prochain) FROM faits.lectures_kafka)"
        before = await connection.fetch(state)
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.02)
                [now] = await connection.fetch(state)
                if now[0] != before[0][0] and now[1] != before[0][1]:
                    break
    finally:
        await connection.close()
    await asyncio.sleep(random.random() * 0.3)
    le.tuer("travail")
    le.lancer("travail")


async def _comptes(le: Deploiement) -> dict[str, int]:
    connection = await connect(le.acces.dsn("dossiers", "suite"))
    try:
        rows = await connection.fetch("SELECT stream_id, version FROM faits.events")
        stored = {(row[0], row[1]) for row in rows}
        on_kafka = await _sur_kafka(le.terrain.kafka.bootstrap)
        differences = await _ecarts(le)
    finally:
        await connection.close()
    sent = Counter((stream, version) for stream, versions in on_kafka.items() for version in versions)
    return {
        "faits": len(stored),
        "perdus": len(stored - sent.keys()),
        "déplacés": sum(_deplaces(versions) for versions in on_kafka.values()),
        "écarts des vues": differences,
        "répétés sur Kafka": sum(sent.values()) - len(sent),
    }


def _deplaces(versions: list[int]) -> int:
    """How many versions appear for the first time after a later one did."""
    highest = misplaced = 0
    for version in dict.fromkeys(versions):
        misplaced += version < highest
        highest = max(highest, version)
    return misplaced


async def _sur_kafka(bootstrap: str) -> dict[UUID, list[int]]:
    """The versions of each stream in the order Kafka holds them."""
    consumer = AIOKafkaConsumer("dossiers", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = list(consumer.assignment())
        ends = await consumer.end_offsets(parts)
        found: defaultdict[UUID, list[int]] = defaultdict(list)
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
                for record in records:
                    enveloppe = lire(record.headers)
                    found[enveloppe.subject].append(enveloppe.streamversion)
        return found
    finally:
        await consumer.stop()


async def _ecarts(le: Deploiement) -> int:
    """Rows in which the views kept through the faults differ from the same views made anew from the store."""
    connection, found = await connect(le.acces.dsn("dossiers", "suite")), 0
    try:
        before = {view.name: await fingerprint(connection, view) for view in vues_propres()}
    finally:
        await connection.close()
    for bilan, _seconds in await reconstruire(le.settings):
        lines, digest = before[bilan.vue]
        differ = bilan.differences + abs(bilan.lignes - lines)
        found += differ or int(bilan.empreinte != digest)
    return found


def _resume(fichier: Path) -> dict[str, Any]:
    """The fault tests' own counts, by their names, if they have run here."""
    if not fichier.exists():
        return {}
    said = msgspec.json.decode(fichier.read_bytes())
    return {f"tests de pannes : {nom}": n for nom, n in said.items() if isinstance(n, int)}
