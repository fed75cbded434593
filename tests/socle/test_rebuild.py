"""A view made anew while everything goes on: who reads it never waits, and finds the same in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from random import Random
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from msgspec.structs import replace
from sqlalchemy import Column, Integer, MetaData

from contracts import partenaires as p
from deploy.migrations.migrer import empreinte
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.dossiers.app import SERVICE as DOSSIERS
from services.socle import rebuild as reconstruction
from services.socle.base.database import Connection, connect, pool
from services.socle.base.recorded import Recorded
from services.socle.rebuild import Rebuild, ReconstructionImpossible, create, fingerprint, rebuild
from services.socle.views import swap
from services.socle.views.projector import Projector
from services.socle.views.swap import NEW, OLD
from services.socle.views.view import Fiche, View
from services.socle.views.view import Row as ViewRow
from tests.monde import DEBUT, Monde, monde
from tests.socle import tirelire
from tests.socle.chaine import Ecrivains, attendre_vues, en_fond, projection, relais, verifier_vues
from tests.socle.tirelire import (
    CODEC,
    OUVERTES,
    SERVICE,
    SOLDES,
    TOPIC,
    VUES,
    Depot,
    installer,
    message,
    recevoir,
    remplir,
    vider,
)


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture
async def vide(base: Acces) -> Acces:
    await vider(base)
    return base


class Metier:
    """The connections a rebuild works with, and the pool of the live projector."""

    def __init__(self, owner: Connection, reader: Connection, writer: Connection, suite: asyncpg.Pool[Any]) -> None:
        self.owner, self.reader, self.writer, self.suite = owner, reader, writer, suite

    async def refaire(self, view: View, **more: Any) -> reconstruction.Bilan:
        return await Rebuild(SERVICE, view, CODEC, "lecteur", **more).run(self.owner, self.reader, self.writer)

    async def projeter(self, rows: Sequence[Any], vues: Sequence[View] = VUES) -> Projector:
        projector = Projector("lecteur", self.suite, {TOPIC: CODEC}, vues)
        await recevoir(projector, [message(r) for r in rows])
        return projector


@asynccontextmanager
async def _metier(base: Acces) -> AsyncIterator[Metier]:
    async with AsyncExitStack() as stack:
        owner, reader, writer = [await connect(base.dsn(SERVICE, f)) for f in ("proprietaire", "suite", "suite")]
        for connection in (owner, reader, writer):
            stack.push_async_callback(connection.close)
        suite = await stack.enter_async_context(pool(base.dsn(SERVICE, "suite"), largest=4))
        yield Metier(owner, reader, writer, suite)


@pytest.fixture
async def metier(vide: Acces) -> AsyncIterator[Metier]:
    async with _metier(vide) as one:
        yield one


@pytest.mark.parametrize("page", [3, 7, 5000])
async def test_la_vue_refaite_est_celle_qui_vivait(
    vide: Acces, metier: Metier, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a life is longer than a page of the store."""
    monkeypatch.setattr(reconstruction, "PAGE", page)
    rows = await remplir(vide, Random(page))
    await metier.projeter(rows)
    dit: list[tuple[int, int]] = []
    for vue in VUES:
        avant = await fingerprint(metier.reader, vue)
        bilan = await metier.refaire(vue, progress=lambda done, total, _: dit.append((done, total)))
        assert (bilan.lignes, bilan.empreinte, bilan.differences) == (*avant, 0)
        assert await fingerprint(metier.reader, vue) == avant
        assert bilan.faits == len(rows)
    assert dit[-1] == (len(rows), len(rows))
    for row in await metier.reader.fetch("SELECT suite FROM vues.soldes"):
        assert row[0] == sorted(set(row[0]))


async def test_une_vue_abimee_se_voit_et_se_repare(vide: Acces, metier: Metier) -> None:
    await metier.projeter(await remplir(vide, Random(1)))
    bonne = await fingerprint(metier.reader, SOLDES)
    await metier.suite.execute(
        "UPDATE vues.soldes SET total = total + 1 WHERE tirelire IN (SELECT tirelire FROM vues.soldes LIMIT 3)"
    )
    bilan = await metier.refaire(SOLDES)
    assert bilan.differences == 3
    assert (bilan.lignes, bilan.empreinte) == bonne


async def test_un_pli_qui_echoue_laisse_la_vue_en_place(vide: Acces, metier: Metier) -> None:
    def fold(row: ViewRow | None, fait: Recorded[Any]) -> ViewRow | None:
        if fait.version > 6:
            raise ZeroDivisionError
        return tirelire.fold(row, fait)

    await metier.projeter(await remplir(vide, Random(1)))
    avant = await fingerprint(metier.reader, SOLDES)
    with pytest.raises(ZeroDivisionError):
        await metier.refaire(replace(SOLDES, fold=fold))
    assert await fingerprint(metier.reader, SOLDES) == avant
    assert (await metier.refaire(SOLDES)).differences == 0


async def test_la_table_echangee_a_les_memes_murs(vide: Acces, metier: Metier) -> None:
    """Rights, policies, indexes, keys; and the digest of its declaration."""
    await metier.projeter(await remplir(vide, Random(1), boites=3))
    avant = await _murs(metier.reader)
    await metier.refaire(SOLDES, digest="abc123")
    apres = await _murs(metier.reader)
    assert apres.pop("comment") == "abc123"
    assert avant | {"comment": ""} == apres | {"comment": ""}
    assert len(avant["politiques"]) == 2
    for schema in (NEW, OLD):
        assert await metier.owner.fetchval(f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'") == 0


async def _murs(connection: Connection) -> dict[str, Any]:
    def texts(rows: Sequence[Any]) -> list[str]:
        return sorted(str(tuple(row)) for row in rows)

    table = "'vues.soldes'::regclass"
    return {
        "droits": texts(await connection.fetch(f"SELECT relacl::text FROM pg_class WHERE oid = {table}")),
        "rls": texts(
            await connection.fetch(f"SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = {table}")
        ),
        "politiques": texts(
            await connection.fetch(
                "SELECT policyname, roles::text, cmd, qual FROM pg_policies WHERE tablename = 'soldes'"
            )
        ),
        "index": texts(await connection.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = 'soldes'")),
        "comment": await connection.fetchval(f"SELECT obj_description({table}, 'pg_class')"),
    }


async def test_une_vue_qui_change_de_forme_se_refait_sous_ses_lecteurs(vide: Acces, metier: Metier) -> None:
    rows = await remplir(vide, Random(1))
    live = await metier.projeter(rows[:200])
    api = await connect(vide.dsn(SERVICE, "api"))
    assert await api.fetchval("SELECT count(*) FROM vues.soldes")
    table = SOLDES.table.to_metadata(MetaData(schema="vues"))
    table.append_column(Column("depots", Integer, nullable=False))

    def fold(row: ViewRow | None, fait: Recorded[Any]) -> ViewRow | None:
        folded = tirelire.fold(row, fait)
        return folded and folded | {"depots": (row["depots"] if row else 0) + isinstance(fait.event, Depot)}

    large = Fiche(table, SOLDES.reads, fold, "true")
    try:
        bilan = await metier.refaire(large)
        assert bilan.differences == 0
        assert await api.fetchval("SELECT sum(depots) FROM vues.soldes") == sum(r.type == "Depot" for r in rows)
        # The former program's projector goes on until it is replaced: it cannot fill the new column, and waits.
        waits = asyncio.create_task(recevoir(live, [message(r) for r in rows[200:]]))
        await asyncio.sleep(0.2)
        await metier.projeter(rows[200:], [large, *VUES[1:]])
        await asyncio.wait_for(waits, 10)
        assert await metier.suite.fetchval("SELECT count(*) FROM faits.garage") == 0
    finally:
        await api.close()
        await metier.owner.execute("DROP TABLE vues.soldes")
        await create(metier.owner, SERVICE, SOLDES, "vues")


async def test_les_faits_deja_dans_la_table_neuve_ne_comptent_pas_deux_fois(vide: Acces, metier: Metier) -> None:
    """The new table comes from the store, and the live reader is behind it: what it brings later is known there."""
    rows = await remplir(vide, Random(6))
    live = await metier.projeter(rows[:80])
    for vue in VUES:
        await metier.refaire(vue)
    attendu = [await fingerprint(metier.reader, vue) for vue in VUES]
    for start in range(80, len(rows), 7):
        await recevoir(live, [message(r) for r in rows[start : start + 7]])
    assert [await fingerprint(metier.reader, vue) for vue in VUES] == attendu


async def test_qui_reste_sur_la_table_retarde_l_echange_et_non_les_autres(vide: Acces, metier: Metier) -> None:
    await metier.projeter(await remplir(vide, Random(1)))
    lecteurs = [await connect(vide.dsn(SERVICE, "api")) for _ in range(2)]
    async with lecteurs[0].transaction():
        await lecteurs[0].fetchval("SELECT count(*) FROM vues.soldes")  # holds its lock until the transaction ends
        asked = asyncio.create_task(metier.refaire(SOLDES))
        delais, fin = [], time.monotonic() + 3
        while time.monotonic() < fin:
            start = time.monotonic()
            await lecteurs[1].fetchval("SELECT count(*) FROM vues.soldes")
            delais.append(time.monotonic() - start)
            await asyncio.sleep(0.01)
        assert not asked.done()
    assert (await asyncio.wait_for(asked, 10)).differences == 0
    assert max(delais) < 1.0
    assert sum(delais) < 1.5
    for connection in lecteurs:
        await connection.close()


class Porte:
    """A reaction that stops the live projector just before it writes."""

    def __init__(self) -> None:
        self.arrive, self.ouvre = asyncio.Event(), asyncio.Event()

    async def before(self, connection: Connection, faits: Sequence[Recorded[Any]]) -> None:
        self.arrive.set()
        await self.ouvre.wait()


async def test_l_echange_attend_le_lot_en_cours(vide: Acces, metier: Metier) -> None:
    """What a batch has folded into the old table is not lost with it."""
    rows = await remplir(vide, Random(1))
    porte = Porte()
    live = Projector("lecteur", metier.suite, {TOPIC: CODEC}, VUES, [porte])
    batch = asyncio.create_task(recevoir(live, [message(r) for r in rows]))
    await porte.arrive.wait()
    asked = asyncio.create_task(metier.refaire(SOLDES))
    await asyncio.sleep(0.5)
    assert not asked.done()
    porte.ouvre.set()
    await batch
    assert (await asyncio.wait_for(asked, 10)).differences == 0
    for autre in VUES:
        avant = await fingerprint(metier.reader, autre)
        bilan = await metier.refaire(autre)
        assert (bilan.lignes, bilan.empreinte) == avant


async def test_pendant_que_les_commandes_continuent(vide: Acces, kafka: Kafka) -> None:
    """Writers, relay, projector and readers all along; every view twice; in the end the same checksum."""
    sujet, ecrivains = f"tirelires_{uuid4().hex[:8]}", Ecrivains(vide, combien=4, pause=0.0)
    fini = asyncio.Event()
    lectures: list[float] = []

    async def lire(table: str) -> None:
        connection = await connect(vide.dsn(SERVICE, "api"))
        combien = 0
        while not fini.is_set():
            start = time.perf_counter()
            row = await connection.fetchrow(f"SELECT count(*) AS n, max(version) FROM vues.{table}")
            lectures.append(time.perf_counter() - start)
            assert row is not None
            assert row["n"] >= combien, f"{table} lost rows under its readers"
            combien = row["n"]
            await asyncio.sleep(0.002)
        await connection.close()

    async with (
        _metier(vide) as metier,
        en_fond(relais(vide, kafka.bootstrap, sujet).run()),
        projection(vide, kafka.bootstrap, sujet),
        ecrivains.ecrivant(),
    ):
        readers = [asyncio.create_task(lire(table)) for table in ("soldes", "ouvertes", "mouvements")]
        await asyncio.sleep(1)
        bilans = []
        for _ in range(2):
            for vue in VUES:
                bilans.append(await metier.refaire(vue))
                await asyncio.sleep(0.1)
        fini.set()
        await asyncio.gather(*readers)
    assert [b.differences for b in bilans] == [0] * 6
    print(
        f"\n{ecrivains.faits} facts written during 6 rebuilds ({', '.join(f'{b.faits}' for b in bilans)} facts each); "
        f"{len(lectures)} reads, slowest {max(lectures) * 1000:.0f} ms"
    )
    assert len(lectures) > 300
    async with en_fond(relais(vide, kafka.bootstrap, sujet).run()), projection(vide, kafka.bootstrap, sujet):
        await attendre_vues(vide, ecrivains.versions)
    await verifier_vues(vide)


async def test_un_magasin_qui_ne_s_arrete_pas_n_empeche_pas_l_echange(vide: Acces, metier: Metier) -> None:
    """There is always a newer fact: the swap is content with those there were when it began to look."""
    ecrivains = Ecrivains(vide, combien=8, pause=0.0)
    async with ecrivains.ecrivant():
        await asyncio.sleep(0.3)
        bilan = await asyncio.wait_for(metier.refaire(OUVERTES), 20)
    assert bilan.faits > 100


async def test_ce_que_le_magasin_n_a_pas_arrete_la_reconstruction(
    vide: Acces, metier: Metier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live view knows a fact that the store lost: better keep the view than rebuild it without."""
    monkeypatch.setattr(swap, "PATIENCE", 0.3)
    rows = await remplir(vide, Random(1), boites=3)
    await metier.projeter(rows)
    avant = await fingerprint(metier.reader, SOLDES)
    await metier.suite.execute("UPDATE faits.positions SET version = version + 1")
    with pytest.raises(ReconstructionImpossible):
        await metier.refaire(SOLDES)
    assert await fingerprint(metier.reader, SOLDES) == avant


# What other services tell


BAILLEUR, ASSOCIATION, FINANCEUR = UUID(int=0x5E), UUID(int=0x71), UUID(int=0xE7)


@pytest.fixture(scope="module")
async def le_monde(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Monde]:
    """The real dossiers service, fed by partenaires' facts. Its tables are its own: those above are in the way."""
    owner = await connect(bases_du_module.dsn("dossiers", "proprietaire"))
    for schema in ("vues", "faits"):
        for row in await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", schema):
            await owner.execute(f"DROP TABLE {schema}.{row[0]} CASCADE")
    for row in await owner.fetch(
        """SELECT p.oid::regprocedure::text AS f FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
           WHERE nspname = 'faits'"""
    ):
        await owner.execute(f"DROP FUNCTION {row['f']} CASCADE")
    await owner.execute("DROP TYPE IF EXISTS faits.ligne")
    await owner.close()
    cles = await connect(bases_du_module.dsn_cles("dossiers"))
    await cles.execute("DROP TABLE IF EXISTS dossiers.cles, dossiers.cles_derivees")
    await cles.close()
    async with monde(bases_du_module, kafka_du_module.bootstrap, tmp_path_factory.mktemp("monde"), [DOSSIERS]) as m:
        for n in range(20):
            await m.membre(f"agent{n}", BAILLEUR, "bailleur", "agent")
        for n in range(5):
            await convention(m, UUID(int=0xC0 + n))
        await m.attendre("agent0", "/v1/orientations")
        yield m


async def convention(m: Monde, une: UUID) -> None:
    await m.faits_partenaires(
        une,
        p.ConventionActivee(
            une, UUID(int=0xD1), BAILLEUR, ASSOCIATION, 30, DEBUT, date(2026, 12, 31), p.Regles(), DEBUT
        ),
        p.PlanDeFinancementEtabli(une, 2026, (p.LigneDeFinancement(FINANCEUR, "avdl", 700_000),), DEBUT),
    )


def vue(nom: str) -> View:
    return next(v for v in DOSSIERS.vues if v.name == nom)


async def test_les_vues_nourries_par_un_autre_service_se_refont_depuis_kafka(le_monde: Monde) -> None:
    """While members come and go over there."""
    m = le_monde
    fini = asyncio.Event()

    async def embaucher() -> int:
        n = 0
        while not fini.is_set():
            membre = await m.membre(f"passage{n}", BAILLEUR, "bailleur", "agent")
            if n % 3 == 0:
                await m.faits_partenaires(uuid5(BAILLEUR, "membres"), p.MembreRetire(membre, BAILLEUR, DEBUT))
            n += 1
        return n

    suite = m.acces.dsn("dossiers", "suite")
    embauches = asyncio.create_task(embaucher())
    owner, reader = await connect(m.acces.dsn("dossiers", "proprietaire")), await connect(suite)
    dit: list[tuple[int, int]] = []
    for nom in ("acces", "conventions"):
        bilan = await rebuild(
            DOSSIERS, vue(nom), owner, suite, lambda: {"bootstrap_servers": m.settings.kafka},
            lambda done, total, _: dit.append((done, total)), empreinte("dossiers", vue(nom)),
        )  # fmt: skip
        assert bilan.differences == 0
        assert bilan.lignes >= (20 if nom == "acces" else 5)
        comment = await reader.fetchval(f"SELECT obj_description('vues.{nom}'::regclass, 'pg_class')")
        assert comment == empreinte("dossiers", vue(nom))
        assert (await m.lire("agent0", "/v1/orientations")).status_code == 200
    fini.set()
    combien = await embauches
    assert dit
    attendu, vu = (20 + combien, (combien + 2) // 3), None
    for _ in range(1500):
        vu = await reader.fetchrow("SELECT count(*), count(*) FILTER (WHERE NOT actif) FROM vues.acces")
        if vu == attendu:
            break
        await asyncio.sleep(0.02)
    assert vu == attendu
    # Nothing is left of the reader that read it all again, and nobody is missing.
    assert await reader.fetchval("SELECT count(*) FROM faits.positions WHERE lecteur LIKE 'reconstruction%'") == 0
    assert combien > 5
    avant = await fingerprint(reader, vue("acces"))
    await rebuild(DOSSIERS, vue("acces"), owner, suite, lambda: {"bootstrap_servers": m.settings.kafka})
    assert await fingerprint(reader, vue("acces")) == avant
    await owner.close()
    await reader.close()


async def test_les_vues_de_ses_propres_faits_se_refont_depuis_le_magasin(le_monde: Monde) -> None:
    m = le_monde
    suite = m.acces.dsn("dossiers", "suite")
    owner = await connect(m.acces.dsn("dossiers", "proprietaire"))
    nulle_part: dict[str, Any] = {"bootstrap_servers": "127.0.0.1:1"}
    for nom in ("portefeuille", "frise", "places"):
        assert (await rebuild(DOSSIERS, vue(nom), owner, suite, lambda: nulle_part)).differences == 0
    await owner.close()


async def test_ce_que_kafka_n_a_plus_arrete_la_reconstruction(le_monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "PATIENCE", 0.5)
    m = le_monde
    suite = m.acces.dsn("dossiers", "suite")
    owner, reader = await connect(m.acces.dsn("dossiers", "proprietaire")), await connect(suite)
    await reader.execute("INSERT INTO faits.positions VALUES ($1, $2, 3)", DOSSIERS.lecteur, uuid4())
    avant = await fingerprint(reader, vue("conventions"))
    with pytest.raises(ReconstructionImpossible):
        await rebuild(DOSSIERS, vue("conventions"), owner, suite, lambda: {"bootstrap_servers": m.settings.kafka})
    assert await fingerprint(reader, vue("conventions")) == avant
    await owner.close()
    await reader.close()
