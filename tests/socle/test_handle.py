"""A command takes effect once: sent twice, sent by many at the same moment, cut off half way, faster than its neighbour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.roles import Acces
from services.socle.base.database import Connection, connect
from services.socle.facts.append import APPEND, GroupCommit, UncertainWrite, Write, _arguments
from services.socle.facts.handle import Issue
from services.socle.facts.refusal import Refus
from tests.socle.tirelire import CODEC, SERVICE, Comptoir, Deposer, Depot, Vider, acte, comptoir, demande, installer


@pytest.fixture(scope="module")
async def base(bases_du_module: Acces) -> Acces:
    await installer(bases_du_module)
    return bases_du_module


@pytest.fixture(scope="module")
def cle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cle") / "cle"


@pytest.fixture(scope="module")
async def lecteur(base: Acces) -> AsyncIterator[Connection]:
    connection = await connect(base.dsn(SERVICE, "suite"))
    yield connection
    await connection.close()


@pytest.fixture
async def guichets(base: Acces, cle: Path) -> AsyncIterator[list[Comptoir]]:
    """Three processes' worth: none knows what the others are at."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(comptoir(base, cle)) for _ in range(3)]


@pytest.fixture
async def un(guichets: list[Comptoir]) -> Comptoir:
    return guichets[0]


async def _faits(lecteur: Connection, *streams: UUID) -> list[list[Any]]:
    found = []
    for stream in streams:
        rows = await lecteur.fetch(
            "SELECT type, schema_version, data, version FROM faits.events WHERE stream_id = $1 ORDER BY version", stream
        )
        assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
        found.append([CODEC.decode(row["type"], row["schema_version"], row["data"]) for row in rows])
    return found


async def _total(lecteur: Connection, stream: UUID) -> int:
    [faits] = await _faits(lecteur, stream)
    return sum(f.montant if isinstance(f, Depot) else -f.montant for f in faits)


def _motif(error: object) -> str:
    assert isinstance(error, Refus), error
    return error.motif


# Sent again


async def test_la_meme_commande_deux_fois_n_a_qu_un_effet(un: Comptoir, lecteur: Connection) -> None:
    stream, commande = uuid4(), uuid4()
    premiere = await un.handler.executer(demande(stream, Deposer(montant=5)), acte(commande))
    await un.handler.executer(demande(stream, Deposer(montant=1)), acte())
    assert await un.handler.executer(demande(stream, Deposer(montant=5)), acte(commande)) == premiere
    assert premiere == Issue(stream, 1)
    assert await _total(lecteur, stream) == 6


async def test_la_meme_commande_trente_deux_fois_a_la_fois(guichets: list[Comptoir], lecteur: Connection) -> None:
    for naissance in (True, False):
        stream, commande = uuid4(), uuid4()
        if not naissance:
            await guichets[0].handler.executer(demande(stream, Deposer(montant=1)), acte())
        answers = await asyncio.gather(
            *(guichets[n % 3].handler.executer(demande(stream, Deposer(montant=5)), acte(commande)) for n in range(32))
        )
        assert set(map(str, answers)) == {str(Issue(stream, 1 if naissance else 2))}
        assert await _total(lecteur, stream) == (5 if naissance else 6)


async def test_un_numero_repris_pour_autre_chose_est_refuse(un: Comptoir, lecteur: Connection) -> None:
    stream, autre, commande = uuid4(), uuid4(), uuid4()
    await un.handler.executer(demande(stream, Deposer(montant=5)), acte(commande))
    for contenu, flux in ((Deposer(montant=6), stream), (Deposer(montant=5), autre), (Vider(), stream)):
        with pytest.raises(Refus) as refused:
            await un.handler.executer(demande(flux, contenu), acte(commande))
        assert refused.value.motif == "commande_deja_utilisee"
    assert [len(f) for f in await _faits(lecteur, stream, autre)] == [1, 0]


async def test_un_numero_repris_au_meme_moment_sur_deux_flux(guichets: list[Comptoir], lecteur: Connection) -> None:
    """In one batch, in two processes: one of the two has an effect, the other is told."""
    for rang in (0, 1):
        for _ in range(10):
            streams, commande = [uuid4(), uuid4()], uuid4()
            answers = await asyncio.gather(
                *(
                    guichets[n * rang].handler.executer(demande(s, Deposer(montant=1)), acte(commande))
                    for n, s in enumerate(streams)
                ),
                return_exceptions=True,
            )
            [refused] = [a for a in answers if not isinstance(a, Issue)]
            assert _motif(refused) == "commande_deja_utilisee"
            assert sorted(len(f) for f in await _faits(lecteur, *streams)) == [0, 1]


async def test_ne_rien_faire_est_une_reponse_que_l_on_retient(un: Comptoir, lecteur: Connection) -> None:
    stream, commande, rien = uuid4(), uuid4(), uuid4()
    await un.handler.executer(demande(stream, Deposer(montant=3)), acte())
    await un.handler.executer(demande(stream, Vider()), acte())
    encore = await un.handler.executer(demande(stream, Vider()), acte(commande))
    await un.handler.executer(demande(stream, Deposer(montant=4)), acte())
    assert await un.handler.executer(demande(stream, Vider()), acte(commande)) == encore == Issue(stream, 2)
    assert await _total(lecteur, stream) == 4

    nulle_part = uuid4()
    assert await un.handler.executer(demande(nulle_part, Vider()), acte(rien)) == Issue(nulle_part, 0)
    assert await un.handler.executer(demande(nulle_part, Deposer(montant=1)), acte()) == Issue(nulle_part, 1)


# Faster than one's neighbour


async def test_cent_depots_a_la_fois_dans_une_tirelire(guichets: list[Comptoir], lecteur: Connection) -> None:
    stream = uuid4()
    answers = await asyncio.gather(
        *(guichets[n % 3].handler.executer(demande(stream, Deposer(montant=1)), acte()) for n in range(99))
    )
    assert sorted(a.version for a in answers) == list(range(1, 100))
    assert await _total(lecteur, stream) == 99


async def test_la_version_nommee_fait_foi(guichets: list[Comptoir], lecteur: Connection) -> None:
    stream, commande = uuid4(), uuid4()
    await guichets[0].handler.executer(demande(stream, Deposer(montant=1)), acte())
    answers = await asyncio.gather(
        *(
            guichets[n % 3].handler.executer(
                demande(stream, Deposer(montant=1), attendue=1), acte(commande if n == 0 else None)
            )
            for n in range(12)
        ),
        return_exceptions=True,
    )
    assert [a for a in answers if isinstance(a, Issue)] == [Issue(stream, 2)]
    assert {_motif(a) for a in answers if not isinstance(a, Issue)} == {"version_perimee"}
    # Whoever won is answered the same again, although the version it named is past.
    if isinstance(answers[0], Issue):
        again = demande(stream, Deposer(montant=1), attendue=1)
        assert await guichets[1].handler.executer(again, acte(commande)) == answers[0]
    assert await _total(lecteur, stream) == 2


async def test_deux_flux_ensemble_ou_aucun(guichets: list[Comptoir], lecteur: Connection) -> None:
    """Forty payments at once into one second box that holds ten."""
    commun, siens = uuid4(), [uuid4() for _ in range(40)]
    for n, stream in enumerate(siens):
        await guichets[n % 3].handler.executer(demande(stream, Deposer(montant=1)), acte())
    answers = await asyncio.gather(
        *(
            guichets[n % 3].handler.executer(demande(s, Deposer(montant=1, vers=commun, plafond=10)), acte())
            for n, s in enumerate(siens)
        ),
        return_exceptions=True,
    )
    recus = [a.stream for a in answers if isinstance(a, Issue)]
    assert len(recus) == 10
    assert {_motif(a) for a in answers if not isinstance(a, Issue)} == {"pleine"}
    assert await _total(lecteur, commun) == 10
    ecrits = [s for s, faits in zip(siens, await _faits(lecteur, *siens), strict=True) if len(faits) == 2]
    assert set(ecrits) == set(recus)


# Cut off


class Coupe(GroupCommit):
    """The connection breaks during the first append: `apres` the commit, or while the server goes on by itself."""

    apres = True
    coupures = 1

    async def _commit(self, writes: Sequence[Write]) -> set[int]:
        if not self.coupures:
            return await super()._commit(writes)
        self.coupures -= 1
        if self.apres:
            await super()._commit(writes)
            raise ConnectionResetError
        async with self._pool.acquire() as connection:
            asyncio.get_running_loop().call_later(0.2, connection.terminate)
            return {row[0] for row in await connection.fetch(APPEND, *_arguments(writes))}


class CoupePendant(Coupe):
    apres = False


class CoupeToujours(Coupe):
    coupures = 10**6


@pytest.mark.parametrize("naissance", [True, False])
async def test_une_reponse_perdue_se_retrouve_par_le_numero(
    base: Acces, cle: Path, un: Comptoir, lecteur: Connection, naissance: bool
) -> None:
    stream, commande = uuid4(), uuid4()
    if not naissance:
        await un.handler.executer(demande(stream, Deposer(montant=1)), acte())
    async with comptoir(base, cle, Coupe) as coupe:
        issue = await coupe.handler.executer(demande(stream, Deposer(montant=5)), acte(commande))
    assert issue == Issue(stream, 1 if naissance else 2)
    assert await _total(lecteur, stream) == (5 if naissance else 6)
    assert await un.handler.executer(demande(stream, Deposer(montant=5)), acte(commande)) == issue


async def test_un_serveur_qui_finit_sans_nous_ne_double_rien(
    base: Acces, cle: Path, un: Comptoir, lecteur: Connection
) -> None:
    """Our side is cut off while the append waits for a lock; the server goes on, and commits after we began again."""
    stream = uuid4()
    await un.handler.executer(demande(stream, Deposer(montant=1)), acte())
    verrou = await connect(base.dsn(SERVICE, "ajout"))
    async with comptoir(base, cle, CoupePendant) as coupe:
        async with verrou.transaction():
            await verrou.execute("SELECT FROM faits.streams WHERE stream_id = $1 FOR UPDATE", stream)
            asked = asyncio.create_task(coupe.handler.executer(demande(stream, Deposer(montant=5)), acte()))
            await asyncio.sleep(0.6)
            assert not asked.done()
        assert await asked == Issue(stream, 2)
    assert await _total(lecteur, stream) == 6
    await verrou.close()


async def test_une_base_qui_ne_revient_pas_le_dit(base: Acces, cle: Path, lecteur: Connection) -> None:
    """Not an endless loop; and what was written is found by whoever asks again."""
    stream, commande = uuid4(), uuid4()

    class Muette(CoupeToujours):
        async def _commit(self, writes: Sequence[Write]) -> set[int]:
            raise ConnectionResetError

    async with comptoir(base, cle, Muette) as muette:
        with pytest.raises(UncertainWrite):
            await muette.handler.executer(demande(stream, Deposer(montant=5)), acte(commande))
    async with comptoir(base, cle) as encore:
        await encore.handler.executer(demande(stream, Deposer(montant=5)), acte(commande))
    assert await _total(lecteur, stream) == 5


# Whose it is


async def test_le_texte_est_scelle_et_l_inconnu_reste_inconnu(un: Comptoir, lecteur: Connection) -> None:
    stream = uuid4()
    await un.handler.executer(demande(stream, Deposer(montant=1, mot="pour Camille")), acte())
    [[depot]] = await _faits(lecteur, stream)
    assert depot.mot.startswith("chiffre:1:")
    assert (await un.trousseau.ouvrir(depot)).mot == "pour Camille"

    etranger = acte(None, uuid4())
    vide = await un.handler._store.load(stream, etranger.organisation, etranger.roles, etranger.commande)
    assert (vide.version, vide.events) == (0, [])
    service = await un.handler._store.load(stream, uuid4(), frozenset({"service"}), uuid4())
    assert service.version == 1
