"""Everything reaches Kafka in the order of its stream, whatever becomes of the broker, the relay or the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata, TopicPartition

from deploy.moteurs.kafka import Kafka
from deploy.moteurs.kafka_embarque import KafkaEmbarque
from deploy.moteurs.sujets import SUJETS
from deploy.roles import Acces, preparer
from services.socle.base.database import connect
from services.socle.delivery import cursor, relay
from services.socle.delivery.cursor import Cursor
from services.socle.delivery.relay import partition_of
from services.socle.facts.append import append_within
from services.socle.facts.store import START, follow, foreign, naturalise
from services.socle.views import follower
from tests.infra import Postgres, exiger_apache, nouveau_kafka
from tests.socle.chaine import (
    Ecrivains,
    attendre_relais,
    attendre_vues,
    complet,
    en_fond,
    epoques,
    lire_sujet,
    projection,
    relais,
    tuer_connexion,
    verifier_vues,
)
from tests.socle.tirelire import SERVICE, installer, part, vider, write


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture
async def vide(base: Acces) -> Acces:
    await vider(base)
    return base


@pytest.fixture(scope="module")
def courtier() -> Iterator[Kafka]:
    """Apache Kafka of this module: stopped, killed and wiped; each test has a topic of its own."""
    broker = nouveau_kafka(exiger_apache())
    yield broker
    broker.fermer()


@pytest.fixture(params=["embarque", "apache"])
def moteur(request: pytest.FixtureRequest) -> Iterator[Kafka]:
    """Either broker, for what both must bear."""
    if request.param == "apache":
        yield request.getfixturevalue("courtier")
        return
    with KafkaEmbarque(SUJETS) as broker:
        yield broker


@pytest.fixture
def sujet() -> str:
    return f"tirelires_{uuid4().hex[:8]}"


async def test_tout_part_une_fois_dans_l_ordre_a_sa_place(vide: Acces, kafka: Kafka, sujet: str) -> None:
    ecrivains = Ecrivains(vide, combien=40)
    async with en_fond(relais(vide, kafka.bootstrap, sujet, largest=97).run()):
        await ecrivains.ecrire(10)
        await attendre_relais(vide)
    records = await lire_sujet(kafka.bootstrap, sujet)
    assert len(records) == ecrivains.faits == 800
    complet(records, ecrivains.versions)
    count = len({r.partition for r in records})
    assert count > 1
    for record in records:
        assert record.partition == partition_of(UUID(record.key.decode()), 4 if kafka.moteur == "embarque" else 6)


async def test_un_relais_arrete_reprend_ou_il_en_etait(vide: Acces, kafka: Kafka, sujet: str) -> None:
    ecrivains = Ecrivains(vide)
    for _ in range(3):
        await ecrivains.ecrire(5)
        async with en_fond(relais(vide, kafka.bootstrap, sujet).run()):
            await attendre_relais(vide)
    records = await lire_sujet(kafka.bootstrap, sujet)
    assert len(records) == ecrivains.faits
    complet(records, ecrivains.versions)
    assert len(epoques(records)) == 1


async def test_deux_exemplaires_dont_le_meneur_est_coupe(
    vide: Acces, kafka: Kafka, sujet: str, postgres: Postgres
) -> None:
    ecrivains = Ecrivains(vide)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(en_fond(relais(vide, kafka.bootstrap, sujet, largest=20).run()))
        for _ in range(3):
            async with ecrivains.ecrivant():
                await asyncio.sleep(0.5)
                assert await tuer_connexion(postgres.dsn_admin, vide, f"relais:{SERVICE}") == 1
                await asyncio.sleep(0.3)
        await attendre_relais(vide)
    records = await lire_sujet(kafka.bootstrap, sujet)
    complet(records, ecrivains.versions)
    assert len(epoques(records)) == 1


async def test_le_courtier_s_arrete_puis_meurt_en_plein_envoi_et_revient(
    vide: Acces, courtier: Kafka, sujet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a delivery may take: the producer is made anew meanwhile, and the former one does not come back."""
    monkeypatch.setattr(cursor, "DELIVERY", 0.7)
    ecrivains = Ecrivains(vide)
    async with projection(vide, courtier.bootstrap, sujet), en_fond(relais(vide, courtier.bootstrap, sujet).run()):
        async with ecrivains.ecrivant():
            for arreter in (courtier.arreter, courtier.tuer):
                await asyncio.sleep(0.5)
                await asyncio.to_thread(arreter)
                await asyncio.sleep(1.5)
                await asyncio.to_thread(courtier.relancer)
        epoque = await attendre_relais(vide)
        await attendre_vues(vide, ecrivains.versions)
        envoyeurs = [t for t in asyncio.all_tasks() if "_sender_routine" in repr(t.get_coro())]
        assert len(envoyeurs) == 1
    records = await lire_sujet(courtier.bootstrap, sujet)
    complet(records, ecrivains.versions)
    assert epoques(records) == [epoque]
    await verifier_vues(vide)


async def test_le_courtier_perd_tout_sous_un_relais_qui_marche(
    vide: Acces, moteur: Kafka, sujet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "WATCH", 0.5)
    ecrivains = Ecrivains(vide)
    async with projection(vide, moteur.bootstrap, sujet), en_fond(relais(vide, moteur.bootstrap, sujet).run()):
        async with ecrivains.ecrivant():
            await asyncio.sleep(1.0)
            premiere = await _epoque(vide)
            await asyncio.to_thread(moteur.effacer)
            await asyncio.sleep(1.5)
        derniere = await attendre_relais(vide)
        await attendre_vues(vide, ecrivains.versions)
    records = await lire_sujet(moteur.bootstrap, sujet)
    assert derniere != premiere
    # What was under way when it happened came first, still in the epoch before; the new one holds everything.
    complet([r for r in records if ("ce_epoque", derniere.encode()) in r.headers], ecrivains.versions)
    await verifier_vues(vide)


async def test_le_courtier_perd_tout_pendant_que_personne_n_ecrit(
    vide: Acces, moteur: Kafka, sujet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that had not read everything would wait until somebody writes again."""
    monkeypatch.setattr(relay, "WATCH", 0.2)
    ecrivains = Ecrivains(vide)
    async with en_fond(relais(vide, moteur.bootstrap, sujet).run()):
        await ecrivains.ecrire(10)
        premiere = await attendre_relais(vide)
        await asyncio.to_thread(moteur.effacer)
        async with projection(vide, moteur.bootstrap, sujet):
            await attendre_vues(vide, ecrivains.versions)
    assert await _epoque(vide) != premiere
    await verifier_vues(vide)


@pytest.mark.parametrize(
    ("moteur", "rempli"), [("embarque", False), ("embarque", True), ("apache", True)], indirect=["moteur"]
)
async def test_le_courtier_perd_tout_pendant_que_tout_est_arrete(
    vide: Acces, moteur: Kafka, sujet: str, rempli: bool
) -> None:
    """`rempli`: somebody has already filled the topic again, past where relay and reader had come."""
    ecrivains = Ecrivains(vide)
    async with projection(vide, moteur.bootstrap, sujet), en_fond(relais(vide, moteur.bootstrap, sujet).run()):
        await ecrivains.ecrire(10)
        premiere = await attendre_relais(vide)
        await attendre_vues(vide, ecrivains.versions)
    await asyncio.to_thread(moteur.effacer)
    if rempli:
        await _encombrer(moteur.bootstrap, sujet, 60)
    await ecrivains.ecrire(3)
    async with projection(vide, moteur.bootstrap, sujet), en_fond(relais(vide, moteur.bootstrap, sujet).run()):
        derniere = await attendre_relais(vide)
        await attendre_vues(vide, ecrivains.versions)
    records = await lire_sujet(moteur.bootstrap, sujet)
    complet(records, ecrivains.versions)
    assert derniere != premiere
    assert epoques(records) == [derniere]
    await verifier_vues(vide)


async def _epoque(base: Acces) -> str:
    connection = await connect(base.dsn(SERVICE, "suite"))
    try:
        return str(await connection.fetchval("SELECT epoque FROM faits.curseurs"))
    finally:
        await connection.close()


async def _encombrer(bootstrap: str, sujet: str, combien: int) -> None:
    """Messages that are nobody's facts, in every partition."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for partition in await producer.partitions_for(sujet):
        for _ in range(combien):
            await producer.send(sujet, b"{}", partition=partition)
    await producer.stop()


async def test_une_base_restauree_ailleurs_renvoie_tout(
    vide: Acces, kafka: Kafka, sujet: str, postgres_a_part: Postgres, tmp_path: Path
) -> None:
    """Another cluster counts its transactions from the start: what was restored would stand beyond its fence."""
    ecrivains = Ecrivains(vide)
    await ecrivains.ecrire(5)
    async with en_fond(relais(vide, kafka.bootstrap, sujet).run()):
        premiere = await attendre_relais(vide)

    ailleurs = await preparer(postgres_a_part.dsn_admin, tmp_path / "roles", ["dossiers"])
    await installer(ailleurs)
    await _copier(vide, ailleurs, postgres_a_part.dsn_admin)
    await ecrivains_ailleurs(ailleurs, ecrivains)
    lecteur = await connect(ailleurs.dsn(SERVICE, "suite"))
    lus = await follow(lecteur, START, 1000)
    assert len(lus) < ecrivains.faits, "read as they are, the restored facts are skipped"
    assert await foreign(lecteur)

    async with en_fond(relais(ailleurs, kafka.bootstrap, sujet).run()):
        await asyncio.sleep(0.5)
        assert await lecteur.fetchval("SELECT epoque FROM faits.curseurs") == premiere, "the relay waits"
        owner = await connect(ailleurs.dsn(SERVICE, "proprietaire"))
        assert await naturalise(owner) == 60
        assert await naturalise(owner) == 0
        await owner.close()
        derniere = await attendre_relais(ailleurs)
    assert not await foreign(lecteur)
    await lecteur.close()
    assert derniere.split("/")[0] != premiere.split("/")[0]
    nouvelles = [r for r in await lire_sujet(kafka.bootstrap, sujet) if ("ce_epoque", derniere.encode()) in r.headers]
    complet(nouvelles, ecrivains.versions)


async def ecrivains_ailleurs(ailleurs: Acces, ecrivains: Ecrivains) -> None:
    """One more fact in each stream, on the other server."""
    connection = await connect(ailleurs.dsn(SERVICE, "ajout"))
    for stream, version in ecrivains.versions.items():
        async with connection.transaction():
            assert await append_within(connection, write(part(stream, version)))
        ecrivains.versions[stream] = version + 1
    await connection.close()


async def _copier(source: Acces, cible: Acces, admin: str) -> None:
    """As a dump and its restore would: row by row, their transaction ids with them (a million further on, as on a server
    that has lived longer)."""
    lecteur = await connect(source.dsn(SERVICE, "suite"))
    restaure = await asyncpg.connect(admin.rsplit("/", 1)[0] + f"/{cible.base(SERVICE)}")
    await restaure.execute("SET session_replication_role = replica")
    for table in ("events", "streams", "curseurs"):
        rows = await lecteur.fetch(f"SELECT row_to_json(t)::text AS j FROM faits.{table} t")
        override = "OVERRIDING SYSTEM VALUE" if table == "events" else ""
        await restaure.executemany(
            f"""INSERT INTO faits.{table} {override}
                SELECT * FROM json_populate_record(NULL::faits.{table}, $1::json)""",
            [(row["j"],) for row in rows],
        )
    await restaure.execute("UPDATE faits.events SET txid = (txid::text::bigint + 1000000)::text::xid8")
    await restaure.execute(
        "SELECT setval(pg_get_serial_sequence('faits.events', 'pos'), (SELECT max(pos) FROM faits.events))"
    )
    await lecteur.close()
    await restaure.close()


def test_un_envoi_repete_n_est_pas_une_autre_vie_du_courtier() -> None:
    """The broker that recognises a repeated batch gives no offsets; the client counts on from -1 all the same."""
    place = Cursor("base/e1", START, {0: (41, "avant")})

    def recu(offset: int) -> RecordMetadata:
        return RecordMetadata("t", 0, TopicPartition("t", 0), offset, 0, 0, 0)

    faits = [uuid4() for _ in range(5)]
    assert place.note(faits, [recu(n) for n in (-1, 0, 1, 45, 46)])
    assert place.witnesses[0] == (46, faits[4].hex)
    assert not place.note(faits[:1], [recu(46)])
