"""kill -9 at every named point, while people work: nothing acknowledged is lost, nothing happens twice, order is kept.

Two chains run at once on real PostgreSQL and Apache Kafka: the API dies at each of its points, the worker at each of its
own, and every death is recovered by the next process, which dies elsewhere. Meanwhile people orient households, deposit
notes and have households forgotten; what they were told had happened is compared with the store, Kafka and the views.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts import partenaires as p
from contracts.envelope import en_tetes, lire
from deploy.moteurs.kafka import Kafka
from deploy.moteurs.sujets import SUJETS
from deploy.roles import Acces
from services.dossiers.app import SERVICE
from services.socle.database import connect
from services.socle.points import POINTS
from services.socle.rebuild import Rebuild
from services.socle.relay import enveloppe
from services.socle.store import Row
from services.socle.view import classes
from tests.monde import DEBUT, Monde, monde
from tests.pannes.programme import RACINE, Equipe, Programme

SEMIS, TREMPLIN, CONVENTION, DISPOSITIF = (UUID(int=n) for n in (0x5E, 0x71, 0xC0, 0xD1))
ECRIVAINS = 4
UNE_FOIS = {"relais.meneur", "relais.epoque", "garage.ecrit", "effacement.avant", "effacement.apres"}
"""Points passed once a start, or seldom: one dies there at the first passage, elsewhere at the second."""

API = [n for n in POINTS if n.split(".")[0] in {"commande", "cle", "append"}]
TRAVAIL = sorted(
    (n for n in POINTS if n.split(".")[0] in {"relais", "projection", "effacement", "garage"}),
    key=lambda n: n != "relais.epoque",
)
"""The new epoch comes first: only a relay without a cursor makes one."""


@pytest.fixture(scope="module")
async def le_monde(
    bases_du_module: Acces, kafka_apache: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Monde, Programme, str]]:
    dossier: Path = tmp_path_factory.mktemp("pannes")
    async with monde(bases_du_module, kafka_apache.bootstrap, dossier, []) as m:
        await m.membre("agent", SEMIS, "bailleur", "agent")
        await m.membre("responsable", SEMIS, "bailleur", "responsable")
        await m.membre("referent", TREMPLIN, "association", "referent")
        await m.membre("coordinateur", TREMPLIN, "association", "coordinateur")
        regles, fin = p.Regles(), date(2027, 12, 31)
        await m.faits_partenaires(
            CONVENTION,
            p.ConventionActivee(CONVENTION, DISPOSITIF, SEMIS, TREMPLIN, 5000, DEBUT, fin, regles, DEBUT),
        )
        programme = Programme(m.settings, dossier)
        yield m, programme, kafka_apache.bootstrap
        programme.fermer()


async def _ouvrir(m: Monde, programme: Programme, equipe: Equipe) -> None:
    """A first household, so that the views know who works here; then all stops, and the relay forgets where it was."""
    programme.lancer("api")
    programme.lancer("travail")
    await equipe.suivre()
    await _au_calme(m)
    programme.fermer()
    connection = await connect(m.acces.dsn("dossiers", "suite"))
    await connection.execute("DELETE FROM faits.curseurs")
    await connection.close()


def _au(point: str) -> str:
    return point if point in UNE_FOIS else f"{point}:2"


async def _chaine(programme: Programme, partie: str, points: Sequence[str]) -> None:
    """Die at each point in turn; each start recovers from the death before it. The last start lives."""
    for nom in points:
        programme.lancer(partie, _au(nom))
        try:
            await programme.mort(partie)
        except TimeoutError:
            pytest.fail(f"{partie}: the point {nom} was never reached")
    programme.lancer(partie)


async def _egares(bootstrap: str, fini: asyncio.Event) -> set[UUID]:
    """Facts whose stream's beginning never comes, one now and then: they are parked. Answers their streams."""
    streams: set[UUID] = set()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        while not fini.is_set():
            stream, u = uuid4(), uuid4()
            row = Row("1", 1, uuid4(), stream, 9, "NoteDeposee", 1, b"{}", u, u, datetime.now(UTC), u, u, None)
            await producer.send_and_wait("dossiers", b"{}", headers=en_tetes(enveloppe("dossiers", row, "ailleurs")))
            streams.add(stream)
            await asyncio.sleep(1)
    finally:
        await producer.stop()
    return streams


@pytest.mark.timeout(600)
async def test_rien_n_est_perdu_double_ni_deplace(le_monde: tuple[Monde, Programme, str]) -> None:
    m, programme, bootstrap = le_monde
    equipe = Equipe(m, programme, CONVENTION, DISPOSITIF, TREMPLIN)
    await _ouvrir(m, programme, equipe)
    api = asyncio.create_task(_chaine(programme, "api", API))
    travail = asyncio.create_task(_chaine(programme, "travail", TRAVAIL))
    egares = asyncio.create_task(_egares(bootstrap, equipe.fini))
    gens = [asyncio.create_task(_au_travail(equipe, n)) for n in range(ECRIVAINS)]
    await _sans_faute(asyncio.gather(api, travail), gens)
    equipe.fini.set()
    await asyncio.gather(*gens)
    parked = await egares
    await _au_calme(m)

    resume = {
        "points": len(API) + len(TRAVAIL),
        "commandes": len(equipe.acceptees),
        **await _magasin(m, equipe),
        **await _kafka(m, bootstrap, parked),
        **await _vues(m),
        **await _gares(m, parked),
        **await _effaces(m, equipe),
    }
    (RACINE / "build").mkdir(exist_ok=True)
    (RACINE / "build" / "pannes.json").write_text(json.dumps(resume, indent=1) + "\n")
    print("\nFault run:", ", ".join(f"{nom} {n}" for nom, n in resume.items()))
    fautes = {nom: n for nom, n in resume.items() if nom in FAUTES and n}
    assert not fautes, resume
    assert resume["effaces"] > 0
    assert resume["gares"] > 0


FAUTES = ("perdues", "doublees", "manquants_sur_kafka", "deplaces", "ecarts_des_vues", "gares_en_trop", "cles_vivantes")


async def _au_travail(equipe: Equipe, n: int) -> None:
    await equipe.suivre()
    await equipe.travailler(n)


async def _sans_faute(chaines: asyncio.Future[Any], gens: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the chains; a person who fails meanwhile fails the test at once."""
    done, _ = await asyncio.wait([chaines, *gens], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    assert chaines in done


async def _au_calme(m: Monde) -> None:
    """Until the views have everything the store has."""
    connection = await connect(m.acces.dsn("dossiers", "suite"))
    try:
        async with asyncio.timeout(60):
            while await connection.fetchval(
                """SELECT EXISTS (SELECT FROM faits.streams s LEFT JOIN faits.positions p
                     ON p.stream_id = s.stream_id AND p.lecteur = $1 WHERE p.version IS DISTINCT FROM s.version)""",
                SERVICE.lecteur,
            ):
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def _magasin(m: Monde, equipe: Equipe) -> dict[str, int]:
    """Every command somebody was told had happened, once, where they were told."""
    connection = await connect(m.acces.dsn("dossiers", "suite"))
    try:
        rows = await connection.fetch("SELECT causation, stream_id, version, type FROM faits.events")
    finally:
        await connection.close()
    par_commande = defaultdict(list)
    for row in rows:
        par_commande[row["causation"]].append(row)
    perdues = sum(
        (a.stream, a.version, a.quoi)
        not in {(r["stream_id"], r["version"], r["type"]) for r in par_commande[a.commande]}
        for a in equipe.acceptees
    )
    doublees = sum(
        n > 1 for found in par_commande.values() for n in Counter((r["stream_id"], r["type"]) for r in found).values()
    )
    return {"faits": len(rows), "perdues": perdues, "doublees": doublees}


async def _kafka(m: Monde, bootstrap: str, parked: set[UUID]) -> dict[str, int]:
    """What a reader sees that drops repeats: each stream whole, in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    vus: dict[UUID, list[int]] = defaultdict(list)
    repetes = deplaces = 0
    try:
        parts = [TopicPartition("dossiers", n) for n in range(SUJETS["dossiers"])]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        while any([await consumer.position(t) < ends[t] for t in parts]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    e = lire(record.headers)
                    if e.subject in parked:
                        continue
                    if e.streamversion in vus[e.subject]:
                        repetes += 1
                    else:
                        deplaces += bool(vus[e.subject]) and e.streamversion < vus[e.subject][-1]
                        vus[e.subject].append(e.streamversion)
    finally:
        await consumer.stop()
    connection = await connect(m.acces.dsn("dossiers", "suite"))
    try:
        streams = dict(await connection.fetch("SELECT stream_id, version FROM faits.streams"))
    finally:
        await connection.close()
    manquants = sum(vus.get(stream, []) != list(range(1, version + 1)) for stream, version in streams.items())
    return {"repetes_sur_kafka": repetes, "deplaces": deplaces, "manquants_sur_kafka": manquants}


async def _vues(m: Monde) -> dict[str, int]:
    """Rows that differ from a rebuild, over all views fed by the service's own facts."""
    owner, reader, writer = [
        await connect(m.acces.dsn("dossiers", role)) for role in ("proprietaire", "suite", "suite")
    ]
    ecarts = lignes = 0
    try:
        for vue in SERVICE.vues:
            if any(c.__module__ == "contracts.partenaires" for c in classes(vue)):
                continue
            avant = await reader.fetchval(f"SELECT count(*) FROM vues.{vue.name}")
            bilan = await Rebuild("dossiers", vue, SERVICE.codec, SERVICE.lecteur).run(owner, reader, writer)
            ecarts += bilan.differences + abs(bilan.lignes - avant)
            lignes += bilan.lignes
    finally:
        for connection in (owner, reader, writer):
            await connection.close()
    return {"lignes_des_vues": lignes, "ecarts_des_vues": ecarts}


async def _gares(m: Monde, parked: set[UUID]) -> dict[str, int]:
    connection = await connect(m.acces.dsn("dossiers", "suite"))
    try:
        streams = {row[0] for row in await connection.fetch("SELECT DISTINCT stream_id FROM faits.garage")}
    finally:
        await connection.close()
    return {"gares": len(streams & parked), "gares_en_trop": len(streams - parked)}


async def _effaces(m: Monde, equipe: Equipe) -> dict[str, int]:
    connection = await connect(m.acces.dsn("dossiers", "cles"))
    try:
        vivantes = await connection.fetchval(
            "SELECT count(*) FROM dossiers.cles WHERE personne = ANY($1) AND enveloppe IS NOT NULL", equipe.effaces
        )
    finally:
        await connection.close()
    return {"effaces": len(equipe.effaces), "cles_vivantes": int(vivantes)}
