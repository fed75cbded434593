"""Whatever is repeated, shuffled, lost or broken on the way, the views hold each fact once, in the order of its stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from msgspec import defstruct
from msgspec.structs import replace

from contracts.message import Message
from deploy.moteurs.kafka import Kafka
from deploy.moteurs.sujets import administrateur
from deploy.roles import Acces, preparer
from services.socle.base import telemetry
from services.socle.base.database import Connection, connect, pool
from services.socle.base.recorded import Recorded
from services.socle.facts.append import append_within
from services.socle.facts.codec import Codec
from services.socle.facts.store import Row, follow
from services.socle.rebuild import Rebuild, fingerprint
from services.socle.views.follower import Follower
from services.socle.views.projector import Projector
from services.socle.views.view import Fiche, View
from services.socle.views.view import Row as ViewRow
from tests.infra import Postgres
from tests.socle import tirelire
from tests.socle.chaine import Ecrivains, attendre_vues, en_fond, projection, relais, verifier_vues
from tests.socle.tirelire import (
    CODEC,
    MOUVEMENTS,
    PARTITION,
    SERVICE,
    SOLDES,
    TOPIC,
    VUES,
    Consommateur,
    Depot,
    Vidage,
    Virement,
    installer,
    message,
    part,
    recevoir,
    remplir,
    vider,
    write,
)

Batch = Sequence[ConsumerRecord[bytes, bytes]]


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture
async def vide(base: Acces) -> Acces:
    await vider(base)
    return base


@pytest.fixture
async def suite(vide: Acces) -> AsyncIterator[asyncpg.Pool[Any]]:
    async with pool(vide.dsn(SERVICE, "suite"), largest=8) as connections:
        yield connections


def projecteur(suite: asyncpg.Pool[Any], vues: Sequence[View] = VUES, **more: Any) -> Projector:
    return Projector("lecteur", suite, {TOPIC: more.pop("codec", CODEC)}, vues, **more)


async def ecrire(base: Acces, stream: UUID, *events: tirelire.Event, apres: int = 0) -> list[Row]:
    """Append events to a stream; answers all the stream's facts."""
    connection = await connect(base.dsn(SERVICE, "ajout"))
    assert await tirelire_append(connection, stream, apres, *events)
    await connection.close()
    connection = await connect(base.dsn(SERVICE, "suite"))
    rows = [row for row in await follow(connection, ("0", 0), 10**6) if row.stream == stream]
    await connection.close()
    return rows


async def tirelire_append(connection: Connection, stream: UUID, apres: int, *events: tirelire.Event) -> bool:
    async with connection.transaction():
        return await append_within(connection, write(part(stream, apres, *events)))


async def empreintes(connection: Connection | asyncpg.Pool[Any], vues: Sequence[View] = VUES) -> list[tuple[int, str]]:
    return [await fingerprint(connection, vue) for vue in vues]


async def reconstruites(base: Acces) -> list[tuple[int, str]]:
    """What a rebuild makes of the store; it must find nothing different from what is there."""
    owner, reader, writer = [await connect(base.dsn(SERVICE, f)) for f in ("proprietaire", "suite", "suite")]
    bilans = [await Rebuild(SERVICE, vue, CODEC, "lecteur").run(owner, reader, writer) for vue in VUES]
    for connection in (owner, reader, writer):
        await connection.close()
    assert [b.differences for b in bilans] == [0] * len(VUES)
    return [(b.lignes, b.empreinte) for b in bilans]


async def gares(suite: asyncpg.Pool[Any]) -> list[tuple[int, str]]:
    rows = await suite.fetch("SELECT version, raison FROM faits.garage ORDER BY stream_id, version")
    return [(row[0], row[1].split(":")[0]) for row in rows]


async def suite_de(suite: asyncpg.Pool[Any], stream: UUID) -> list[int]:
    """The versions folded into a box's row, in the order they were."""
    return await suite.fetchval("SELECT suite FROM vues.soldes WHERE tirelire = $1", stream) or []


def lots(records: Batch, chance: Random, au_plus: int = 60) -> list[Batch]:
    cut, found = 0, []
    while cut < len(records):
        size = chance.randint(1, au_plus)
        found.append(records[cut : cut + size])
        cut += size
    return found


# Once, in order


@pytest.mark.parametrize("graine", range(3))
async def test_trois_fois_et_dans_le_desordre_donne_la_meme_chose(
    vide: Acces, suite: asyncpg.Pool[Any], graine: int
) -> None:
    chance = Random(graine)
    rows = await remplir(vide, chance)
    en_direct = projecteur(suite)
    for batch in lots([message(row) for row in rows], chance):
        await recevoir(en_direct, batch)
    attendu = await empreintes(suite)
    assert all(lignes > 5 for lignes, _ in attendu)

    await _oublier(vide)
    en_desordre = projecteur(suite)
    triples = [message(row) for row in rows * 3]
    chance.shuffle(triples)
    for batch in lots(triples, chance):
        await recevoir(en_desordre, batch)

    assert await empreintes(suite) == attendu
    assert await gares(suite) == []
    assert await reconstruites(vide) == attendu
    for row in await suite.fetch("SELECT suite FROM vues.soldes"):
        assert row[0] == sorted(set(row[0]))


async def _oublier(base: Acces) -> None:
    """Views and positions gone, the facts kept."""
    owner = await connect(base.dsn(SERVICE, "proprietaire"))
    tables = ", ".join(f"vues.{v.name}" for v in VUES)
    await owner.execute(f"TRUNCATE {tables}, faits.positions, faits.garage, faits.lectures_kafka")
    await owner.close()


async def test_un_fait_en_avance_attend_celui_qui_manque(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    stream, autre = uuid4(), uuid4()
    rows = await ecrire(vide, stream, Depot(1), Virement(2), Depot(3), Depot(4))
    [seul] = await ecrire(vide, autre, Depot(9))
    p = projecteur(suite)
    await recevoir(p, [message(rows[3]), message(seul), message(rows[0]), message(rows[2])])
    assert await suite_de(suite, stream) == [1]
    assert await suite_de(suite, autre) == [1]
    assert await gares(suite) == [(3, "trou"), (4, "trou")]
    assert telemetry.PARKED.labels("lecteur")._value.get() == 2
    await recevoir(p, [message(rows[1])])
    assert await suite_de(suite, stream) == [1, 3, 4]
    assert await gares(suite) == []
    assert telemetry.PARKED.labels("lecteur")._value.get() == 0


# What cannot be read or folded


DepotFutur: Any = defstruct(
    "Depot",
    [("montant", int), ("devise", str), ("mot", str, "")],
    bases=(Message,),
    frozen=True,
    tag=True,
    namespace={"schema_version": 2},
)
"""A deposit as a later program writes it."""

CODEC_FUTUR: Codec[Any] = Codec(DepotFutur | Vidage | Virement, {("Depot", 1): lambda old: {**old, "devise": "EUR"}})


def lire_futur(row: ViewRow | None, fait: Recorded[Any]) -> ViewRow | None:
    if isinstance(fait.event, DepotFutur):
        event: Any = Depot(fait.event.montant, fait.event.mot)
        fait = Recorded(
            fait.id, fait.stream, fait.version, event, fait.organisation, fait.auteur, fait.instant, fait.correlation
        )
    return tirelire.fold(row, fait)


SOLDES_FUTURS = replace(SOLDES, reads=DepotFutur | Vidage, fold=lire_futur)


async def test_un_fait_illisible_se_gare_avec_son_flux_et_se_rejoue(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    stream, autre = uuid4(), uuid4()
    rows = await ecrire(vide, stream, Depot(1), Depot(2), Depot(3), Vidage(4), Depot(5))
    autres = await ecrire(vide, autre, Depot(1), Depot(1))
    futur = replace(rows[1], schema_version=2, data=b'{"type":"Depot","montant":2,"devise":"EUR"}')
    p = projecteur(suite, [SOLDES])
    await recevoir(p, [message(r) for r in (rows[0], autres[0], futur, rows[2])])
    assert await suite_de(suite, stream) == [1]
    assert await gares(suite) == [(2, "poison"), (3, "derriere")]
    # What comes later queues behind, and the others go on.
    await recevoir(p, [message(r) for r in (rows[3], autres[1], rows[0])])
    assert await gares(suite) == [(2, "poison"), (3, "derriere"), (4, "derriere")]
    assert await suite_de(suite, autre) == [1, 2]
    assert telemetry.PARKED.labels("lecteur")._value.get() == 3

    assert await p.replay() == 3, "nothing was mended"
    assert await gares(suite) == [(2, "poison"), (3, "derriere"), (4, "derriere")]
    # Mended, it still waits for somebody to say so.
    repare = projecteur(suite, [SOLDES_FUTURS], codec=CODEC_FUTUR)
    await recevoir(repare, [message(rows[4])])
    assert await suite_de(suite, stream) == [1]
    assert await repare.replay() == 0
    assert await suite_de(suite, stream) == [1, 2, 3, 4, 5]
    assert await suite.fetchval("SELECT total FROM vues.soldes WHERE tirelire = $1", stream) == 7
    assert telemetry.PARKED.labels("lecteur")._value.get() == 0


async def test_apres_le_rejeu_un_trou_n_est_plus_un_poison(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    stream = uuid4()
    rows = await ecrire(vide, stream, Depot(13), Depot(2), Depot(3), Depot(4))
    await recevoir(projecteur(suite, [_refusant(13)]), [message(r) for r in (rows[0], rows[1], rows[3])])
    p = projecteur(suite, [SOLDES])
    assert await p.replay() == 1
    assert await gares(suite) == [(4, "trou")]
    await recevoir(p, [message(rows[2])])
    assert await suite_de(suite, stream) == [1, 2, 3, 4]
    assert await gares(suite) == []


def _refusant(montant: int) -> Fiche:
    """The balances, by a program that stumbles over one amount."""

    def fold(row: ViewRow | None, fait: Recorded[Any]) -> ViewRow | None:
        if isinstance(fait.event, Depot) and fait.event.montant == montant:
            raise ZeroDivisionError
        return tirelire.fold(row, fait)

    return replace(SOLDES, fold=fold)


async def test_un_pli_qui_echoue_ne_gare_que_son_flux(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    rows = await remplir(vide, Random(11))
    montants = [CODEC.decode(r.type, 1, r.data).montant for r in rows]
    malade = montants[next(n for n, r in enumerate(rows) if r.type == "Depot" and r.version > 2)]
    p = projecteur(suite, [_refusant(malade), *VUES[1:]])
    for batch in lots([message(r) for r in rows], Random(11)):
        await recevoir(p, batch)
    en_attente = await gares(suite)
    touches = {r.stream for r, m in zip(rows, montants, strict=True) if m == malade and r.type == "Depot"}
    assert 0 < len(touches) < 20
    assert sum(raison == "poison" for _, raison in en_attente) == len(touches)
    # No view took what another refused.
    assert await suite.fetchval("SELECT count(*) FROM faits.positions WHERE version >= 12") == 20 - len(touches)
    assert await projecteur(suite).replay() == 0
    assert await reconstruites(vide) == await empreintes(suite)


@pytest.mark.parametrize("poison", ["nul", "encodage", "cle"])
async def test_une_ligne_que_la_base_refuse_ne_gare_que_son_flux(
    vide: Acces, suite: asyncpg.Pool[Any], poison: str
) -> None:
    """It is refused with the whole batch, and must not cost the batch."""

    def fold(row: ViewRow | None, fait: Recorded[Any]) -> ViewRow | None:
        folded = tirelire.fold(row, fait)
        if folded and fait.event.montant == 13 and poison == "encodage":
            return folded | {"total": object()}
        return folded

    def key(fait: Recorded[Any]) -> Any:
        return "pas un uuid" if fait.event.montant == 13 and poison == "cle" else fait.stream

    rows = await ecrire(vide, malade := uuid4(), Depot(1), Depot(13, "\x00" if poison == "nul" else ""), Depot(2))
    sains = [uuid4() for _ in range(9)]
    for stream in sains:
        rows += await ecrire(vide, stream, Depot(1), Depot(2))
    Random(3).shuffle(rows)
    p = projecteur(suite, [replace(SOLDES, fold=fold, key=key), MOUVEMENTS])
    await asyncio.wait_for(recevoir(p, [message(r) for r in rows]), 20)
    assert await suite_de(suite, malade) == [1]
    assert await gares(suite) == [(2, "poison"), (3, "derriere")]
    assert [await suite_de(suite, s) for s in sains] == [[1, 2]] * 9
    assert await p.replay() == 2
    if poison != "nul":
        assert await projecteur(suite).replay() == 0
        assert await suite_de(suite, malade) == [1, 2, 3]


async def test_une_panne_ne_gare_personne(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    """A table that is missing is no fault of any stream: the batch waits for it."""
    rows = await ecrire(vide, stream := uuid4(), Depot(1), Depot(2))
    owner = await connect(vide.dsn(SERVICE, "proprietaire"))
    await owner.execute("ALTER TABLE vues.soldes RENAME TO ailleurs")
    applied = asyncio.create_task(recevoir(projecteur(suite), [message(r) for r in rows]))
    await asyncio.sleep(0.3)
    assert not applied.done()
    await owner.execute("ALTER TABLE vues.ailleurs RENAME TO soldes")
    await asyncio.wait_for(applied, 10)
    assert await suite_de(suite, stream) == [1, 2]
    assert await gares(suite) == []
    await owner.close()


async def test_la_base_redemarre_au_milieu_des_lots(postgres_a_part: Postgres, tmp_path: Any) -> None:
    acces = await preparer(postgres_a_part.dsn_admin, tmp_path / "roles", ["dossiers"])
    await installer(acces)
    rows = await remplir(acces, Random(5), boites=30)
    async with pool(acces.dsn(SERVICE, "suite"), largest=4) as suite:
        fini = asyncio.Event()

        async def suivre() -> None:
            """Brought again and again, so that the database always breaks off in the middle of something."""
            p, derniere = projecteur(suite), False
            while not derniere:
                derniere = fini.is_set()  # once more after the last crash: what it took is brought again
                for batch in lots([message(r) for r in rows * 2], Random(5), 10):
                    await recevoir(p, batch)

        following = asyncio.create_task(suivre())
        for mode in ("immediate", "fast"):
            await asyncio.sleep(0.15)
            await asyncio.to_thread(postgres_a_part.redemarrer, mode)
        fini.set()
        await asyncio.wait_for(following, 60)
        assert await gares(suite) == []
        assert await reconstruites(acces) == await empreintes(suite)


# Two copies


class Porte:
    """A reaction that stops its projector just before it writes."""

    def __init__(self) -> None:
        self.arrive, self.ouvre = asyncio.Event(), asyncio.Event()

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        self.arrive.set()
        await self.ouvre.wait()


@pytest.mark.parametrize("retenu", [0, 1])
async def test_un_fait_gare_pendant_que_l_autre_exemplaire_avance_n_est_pas_oublie(
    vide: Acces, suite: asyncpg.Pool[Any], retenu: int
) -> None:
    """One copy has the first fact, the other the second: whichever is slower, nothing is left waiting for nothing."""
    rows = await ecrire(vide, stream := uuid4(), Depot(1), Depot(2))
    porte = Porte()
    lente, rapide = projecteur(suite, reactions=[porte]), projecteur(suite)
    slow = asyncio.create_task(recevoir(lente, [message(rows[retenu])]))
    await porte.arrive.wait()
    await recevoir(rapide, [message(rows[1 - retenu])])
    porte.ouvre.set()
    await asyncio.wait_for(slow, 10)
    assert await suite_de(suite, stream) == [1, 2]
    assert await gares(suite) == []


async def test_un_fait_gare_puis_connu_ne_reste_pas_gare(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    """Parked by a copy that came too late with it: the next fact of the stream lets it go."""
    rows = await ecrire(vide, stream := uuid4(), Depot(1), Depot(2), Depot(3))
    p = projecteur(suite)
    await recevoir(p, [message(rows[1])])
    await suite.execute(
        "INSERT INTO faits.garage SELECT 'autre', stream_id, version, valeur, en_tetes, raison FROM faits.garage"
    )
    await recevoir(p, [message(rows[0])])
    await suite.execute("UPDATE faits.garage SET lecteur = 'lecteur'")
    assert await gares(suite) == [(2, "trou")]
    await recevoir(p, [message(rows[2])])
    assert await gares(suite) == []
    assert await suite_de(suite, stream) == [1, 2, 3]


async def test_deux_exemplaires_aux_memes_faits_n_en_doublent_aucun(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    rows = await remplir(vide, Random(2))

    async def suivre(graine: int) -> None:
        p = projecteur(suite)
        messages = [message(r) for r in rows]
        Random(graine).shuffle(messages)
        for batch in lots(messages, Random(graine), 15):
            await recevoir(p, batch)

    await asyncio.wait_for(asyncio.gather(*(suivre(n) for n in range(3))), 60)
    assert await gares(suite) == []
    assert await reconstruites(vide) == await empreintes(suite)


# Reactions


class Temoin:
    """Notes what it is told; `refuse` fails once for one version."""

    def __init__(self, suite: asyncpg.Pool[Any], refuse: int = 0) -> None:
        self.vus: list[tuple[UUID, int]] = []
        self._suite, self._refuse = suite, refuse

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        assert await connection.fetchval("SELECT pg_current_xact_id_if_assigned()::text") is None
        if any(f.version == self._refuse for f in faits):
            self._refuse = 0
            raise ConnectionRefusedError
        self.vus += [(f.stream, f.version) for f in faits]


async def test_une_reaction_voit_chaque_fait_une_fois_avant_toute_ecriture(
    vide: Acces, suite: asyncpg.Pool[Any]
) -> None:
    rows = await remplir(vide, Random(4), boites=8)
    temoin = Temoin(suite, refuse=5)
    p = projecteur(suite, reactions=[temoin])
    messages = [message(r) for r in rows * 3]
    Random(4).shuffle(messages)
    for batch in lots(messages, Random(4)):
        await recevoir(p, batch)
    assert sorted(temoin.vus) == sorted((r.stream, r.version) for r in rows)
    for stream in {r.stream for r in rows}:
        versions = [v for s, v in temoin.vus if s == stream]
        assert versions == sorted(versions)


async def test_une_reaction_attend_le_rejeu_avec_son_fait(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    rows = await ecrire(vide, stream := uuid4(), Depot(13), Depot(2))
    temoin = Temoin(suite)
    await recevoir(projecteur(suite, [_refusant(13)], reactions=[temoin]), [message(r) for r in rows])
    assert temoin.vus == []
    assert await projecteur(suite, reactions=[temoin]).replay() == 0
    assert temoin.vus == [(stream, 1), (stream, 2)]


# Where a reader stands


async def test_un_lot_perdu_est_redemande(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    """The consumer goes on behind a batch that failed: what follows it is not taken for it."""
    rows = await ecrire(vide, stream := uuid4(), *(Depot(n) for n in range(1, 7)))
    records = [message(r, offset) for offset, r in enumerate(rows)]
    p, consumer = Follower(projecteur(suite)), Consommateur(7)
    await p.resume(consumer, [PARTITION])
    await p.deliver(records[:2])
    await p.deliver(records[4:])  # 2 and 3 were brought, and lost on the way
    assert await suite_de(suite, stream) == [1, 2]
    assert consumer.position == 2
    await p.deliver(records[2:])
    assert await suite_de(suite, stream) == [1, 2, 3, 4, 5, 6]
    assert await gares(suite) == []


async def test_ce_que_le_courtier_n_a_plus_n_arrete_pas_la_lecture(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    """Offsets that are gone for good (retention) are asked for once, not for ever."""
    rows = await ecrire(vide, stream := uuid4(), Depot(1), Depot(2))
    p, consumer = Follower(projecteur(suite)), Consommateur(10)
    await p.resume(consumer, [PARTITION])
    await p.deliver([message(rows[0], 0)])
    for _ in range(2):
        await p.deliver([message(rows[1], 9)])
    assert await suite_de(suite, stream) == [1, 2]


async def test_avant_de_savoir_d_ou_l_on_repart_rien_n_est_pris(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    rows = await ecrire(vide, stream := uuid4(), Depot(1))
    p, consumer = Follower(projecteur(suite)), Consommateur(1)
    await p.deliver([message(rows[0], 0)])
    assert await suite_de(suite, stream) == []
    await p.resume(consumer, [PARTITION])
    await p.deliver([message(rows[0], 0)])
    assert await suite_de(suite, stream) == [1]


async def test_une_autre_vie_du_courtier_se_relit_depuis_le_debut(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    """Filled again to just the place where we stood: nothing but the epoch tells."""
    jamais_vu = await ecrire(vide, nouveau := uuid4(), Depot(5))
    rows = await ecrire(vide, stream := uuid4(), Depot(1), Depot(2))
    avant = Follower(projecteur(suite))
    await avant.resume(Consommateur(3), [PARTITION])
    await avant.deliver([message(rows[0], 0), message(rows[0], 1), message(rows[1], 2)])

    apres, consumer = Follower(projecteur(suite)), Consommateur(3)
    await apres.resume(consumer, [PARTITION])
    assert consumer.position == 2
    refait = [message(r, n, epoque="base/e2") for n, r in enumerate([*jamais_vu, *rows])]
    await apres.deliver(refait[2:])
    assert consumer.position == 0
    await apres.deliver(refait)
    assert await suite_de(suite, nouveau) == [1]
    assert await suite_de(suite, stream) == [1, 2]

    # Emptied, and not yet filled to where we stood: there is no record to ask about.
    plus_court = Follower(projecteur(suite))
    consumer = Consommateur(1)
    await plus_court.resume(consumer, [PARTITION])
    assert consumer.position == 0


async def test_un_message_etranger_est_compte_et_passe(vide: Acces, suite: asyncpg.Pool[Any]) -> None:
    rows = await ecrire(vide, stream := uuid4(), Depot(1), Depot(2))
    etranger = ConsumerRecord(TOPIC, 0, 1, 0, 0, None, None, None, 0, 0, [("ce_epoque", b"\xff"), ("ce_id", None)])
    p, consumer = Follower(projecteur(suite)), Consommateur(3)
    await p.resume(consumer, [PARTITION])
    avant = telemetry.UNREADABLE.labels("lecteur")._value.get()
    await p.deliver([message(rows[0], 0), etranger, message(rows[1], 2)])
    assert await suite_de(suite, stream) == [1, 2]
    assert telemetry.UNREADABLE.labels("lecteur")._value.get() == avant + 1


# Behind a broker


class Lente:
    """A reaction that takes its time: whoever comes or goes meanwhile does so in the middle of a batch."""

    def __init__(self) -> None:
        self.vus = 0

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        self.vus += len(faits)
        await asyncio.sleep(0.1)


async def test_des_exemplaires_vont_et_viennent_au_milieu_des_lots(vide: Acces, kafka: Kafka) -> None:
    sujet, ecrivains = f"tirelires_{uuid4().hex[:8]}", Ecrivains(vide)
    async with en_fond(relais(vide, kafka.bootstrap, sujet, largest=50).run()), ecrivains.ecrivant():
        async with AsyncExitStack() as premiers:
            await premiers.enter_async_context(projection(vide, kafka.bootstrap, sujet, reactions=[Lente()]))
            await asyncio.sleep(1)
            # The group is shared out again while the first one works.
            await premiers.enter_async_context(projection(vide, kafka.bootstrap, sujet, reactions=[Lente()]))
            await asyncio.sleep(1)
        async with projection(vide, kafka.bootstrap, sujet, reactions=[Lente()]):
            await asyncio.sleep(0.5)
    async with en_fond(relais(vide, kafka.bootstrap, sujet).run()), projection(vide, kafka.bootstrap, sujet):
        await attendre_vues(vide, ecrivains.versions)
    await verifier_vues(vide)


async def test_un_lecteur_reprend_ou_la_base_en_est(vide: Acces, kafka: Kafka, suite: asyncpg.Pool[Any]) -> None:
    """Not where Kafka thinks it is: the database was put back to what it was half way."""
    sujet, ecrivains = f"tirelires_{uuid4().hex[:8]}", Ecrivains(vide)
    tables = [f"vues.{v.name}" for v in VUES] + ["faits.positions", "faits.lectures_kafka"]
    sauvegarde: dict[str, list[str]] = {}
    async with en_fond(relais(vide, kafka.bootstrap, sujet).run()):
        for moitie in (1, 2):
            async with projection(vide, kafka.bootstrap, sujet):
                await ecrivains.ecrire(20)
                await attendre_vues(vide, ecrivains.versions)
            if moitie == 1:
                for table in tables:
                    rows = await suite.fetch(f"SELECT row_to_json(t)::text AS j FROM {table} t")
                    sauvegarde[table] = [row["j"] for row in rows]
        for table in tables:
            await suite.execute(f"DELETE FROM {table}")
            await suite.executemany(
                f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, $1::text::json)",
                [(line,) for line in sauvegarde[table]],
            )
        async with projection(vide, kafka.bootstrap, sujet):
            await attendre_vues(vide, ecrivains.versions)
        await verifier_vues(vide)

        # And where Kafka has forgotten the group, nothing is folded again.
        lente = Lente()
        if kafka.moteur != "embarque":
            admin = administrateur(kafka.bootstrap)
            [oubli] = admin.delete_consumer_groups(["lecteur"]).values()
            await asyncio.to_thread(oubli.result, 10)
        async with projection(vide, kafka.bootstrap, sujet, reactions=[lente]) as follower:
            while not follower.next:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
        assert lente.vus == 0


async def test_la_base_recule_sous_un_lecteur_qui_vit(vide: Acces, kafka: Kafka, suite: asyncpg.Pool[Any]) -> None:
    """What follows would be parked behind facts that nobody brings again."""
    sujet, ecrivains = f"tirelires_{uuid4().hex[:8]}", Ecrivains(vide)
    tables = [f"vues.{v.name}" for v in VUES] + ["faits.positions", "faits.lectures_kafka"]
    async with en_fond(relais(vide, kafka.bootstrap, sujet).run()), projection(vide, kafka.bootstrap, sujet):
        for moitie in (1, 2, 3):
            await ecrivains.ecrire(10)
            await attendre_vues(vide, ecrivains.versions)
            if moitie == 1:
                sauvegarde = {t: await suite.fetch(f"SELECT row_to_json(t)::text AS j FROM {t} t") for t in tables}
            if moitie == 2:
                async with suite.acquire() as connection, connection.transaction():
                    for table, rows in sauvegarde.items():
                        await connection.execute(f"DELETE FROM {table}")
                        await connection.executemany(
                            f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, $1::text::json)",
                            [(row["j"],) for row in rows],
                        )
    await verifier_vues(vide)


async def test_une_base_tuee_sous_un_lecteur_qui_vit(
    postgres_a_part: Postgres, kafka_du_module: Kafka, tmp_path: Any
) -> None:
    """A batch does not wait for the disk: what the crash takes is read again, and nothing waits for it in vain."""
    acces = await preparer(postgres_a_part.dsn_admin, tmp_path / "roles", ["dossiers"])
    await installer(acces)
    sujet, ecrivains = f"tirelires_{uuid4().hex[:8]}", Ecrivains(acces)
    bootstrap = kafka_du_module.bootstrap
    async with en_fond(relais(acces, bootstrap, sujet).run()), projection(acces, bootstrap, sujet):
        for _ in range(4):
            await ecrivains.ecrire(5)
            await attendre_vues(acces, ecrivains.versions)
            await asyncio.to_thread(postgres_a_part.redemarrer, "immediate")
        await ecrivains.ecrire(5)
        await attendre_vues(acces, ecrivains.versions)
    await verifier_vues(acces)


async def test_un_lot_que_nul_n_a_rattrape_revient(vide: Acces, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """FastStream passes over whatever a handler raises, and over a batch with one header it cannot read."""
    sujet, ecrivains = f"tirelires_{uuid4().hex[:8]}", Ecrivains(vide)
    appliquer, rates = Projector.receive, [0]

    async def trebucher(self: Projector, *batch: Any) -> None:
        rates[0] += 1
        if rates[0] in (2, 3, 5):
            raise ZeroDivisionError
        await appliquer(self, *batch)

    monkeypatch.setattr(Projector, "receive", trebucher)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    async with (
        en_fond(relais(vide, kafka.bootstrap, sujet, largest=10).run()),
        projection(vide, kafka.bootstrap, sujet),
        ecrivains.ecrivant(),
    ):
        for _ in range(20):
            await producer.send(sujet, b"?", partition=0, headers=[("ce_id", b"\xff\xfe")])
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
    await producer.stop()
    async with en_fond(relais(vide, kafka.bootstrap, sujet).run()), projection(vide, kafka.bootstrap, sujet):
        await attendre_vues(vide, ecrivains.versions)
    assert rates[0] > 5
    await verifier_vues(vide)
