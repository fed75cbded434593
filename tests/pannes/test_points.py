"""kill -9 at every named point, while people work: nothing acknowledged is lost, nothing done twice, nothing out of order.

The API, the worker and an operator's commands are real processes on real PostgreSQL and Apache Kafka. Each dies at one
point after the other and is started again; the counts at the end are left in build/pannes.json.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.dossiers.app import SERVICE
from services.socle.base.database import connect, pool
from services.socle.base.points import POINTS
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from services.socle.views.view import with_keys
from tests.pannes.charge import Charge
from tests.pannes.deploiement import Deploiement, deploiement
from tests.pannes.pepiniere import Enfant
from tests.pannes.verdict import juger

RACINE = Path(__file__).parents[2]

API = [nom for nom in POINTS if nom.split(".")[0] in ("commande", "cle", "append")]
TRAVAIL = [nom for nom in POINTS if nom.startswith(("relais", "projection", "effacement")) and nom != "relais.epoque"]
D_AILLEURS = [nom for nom in POINTS if nom.startswith(("reaction", "echeance", "flux"))]
"""Those of notifications: test_calendrier.py dies there."""
PASSAGE = {"relais.meneur": 1, "effacement.avant": 1, "effacement.apres": 1, "garage.ecrit": 1, "append.apres": 5}
PASSAGE |= {nom: 1 for nom in POINTS if nom.startswith(("rejeu", "reconstruction"))}
"""Where another passage than the second is meant."""
PIEGE = "piege"


@pytest.fixture(scope="module")
async def le_deploiement(
    bases_du_module: Acces, kafka_apache_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deploiement]:
    async with deploiement(bases_du_module, kafka_apache_du_module.bootstrap, tmp_path_factory.mktemp("pannes")) as d:
        yield d


def test_chaque_point_nomme_est_quelque_part_et_chaque_part_est_nommee() -> None:
    text = "\n".join(file.read_text() for file in (RACINE / "services").rglob("*.py"))
    posed = re.findall(r'\bpoint\("([a-z_.]+)"\)', text)
    assert set(posed) == set(POINTS)
    assert len(POINTS) >= 20


async def _mourir(
    d: Deploiement, lancer: Callable[[str], Awaitable[Enfant]], noms: Sequence[str], morts: list[str]
) -> None:
    """Start a process that dies at each point in turn."""
    for nom in noms:
        await d.mourir(lancer, nom, PASSAGE.get(nom, 2))
        morts.append(nom)


@pytest.mark.timeout(900)
async def test_tuer_a_chaque_point_ne_perd_rien(le_deploiement: Deploiement, kafka_apache_du_module: Kafka) -> None:
    d, debut = le_deploiement, time.monotonic()
    acces, charge = d.monde.acces, Charge(d.monde)
    morts: list[str] = []

    async def tuer_api() -> None:
        await _mourir(d, lambda point: d.api(point), API, morts)
        await d.api()

    async def tuer_travail() -> None:
        async def releve(point: str) -> Enfant:
            if morts and morts[-1].startswith(("projection", "effacement", "garage")):
                await d.oublier_les_morts()
            return await d.travail(point)

        await _mourir(d, releve, TRAVAIL, morts)
        await d.oublier_les_morts()
        await _pieger(d)
        await _mourir(d, releve, ["garage.ecrit"], morts)
        await d.oublier_les_morts()
        await d.travail()

    # The accounts must be known before anybody can ask for anything: a first worker sees to it, and is killed.
    # Its first epoch is begun once only.
    await _mourir(d, lambda _: d.travail("relais.epoque"), ["relais.epoque"], morts)
    premier, api = await d.travail(), await d.api()
    await d.pret()
    for enfant in (premier, api):
        await enfant.tuer()
    await d.oublier_les_morts()

    async with asyncio.TaskGroup() as ensemble:  # where nobody works any more, no point is reached
        ensemble.create_task(charge.durer())
        await asyncio.wait_for(asyncio.gather(tuer_api(), tuer_travail()), 300)
        await _operer(d, morts)
        charge.finir()
    await _au_calme(acces)

    assert set(morts) == set(POINTS) - set(D_AILLEURS), set(POINTS) - set(morts)
    async with pool(acces.dsn("dossiers", "cles")) as cles:
        trousseau = Trousseau(cles, CoffreFichier(d.monde.settings.cle_maitre), "dossiers")
        vues = with_keys(SERVICE.vues, trousseau)
        verdict = await juger(
            acces, kafka_apache_du_module.bootstrap, charge.acquises, charge.effaces, charge.renvois, vues
        )
    seconds = time.monotonic() - debut
    print(f"\n{len(morts)} points, each reached and died at ({seconds:.0f} s). {verdict}")
    _laisser({"points": len(morts), "secondes": round(seconds), **msgspec.to_builtins(verdict)})
    assert verdict.commandes > 100
    assert charge.effaces
    assert verdict.fautes == {}


async def _pieger(d: Deploiement) -> None:
    """A member whom the view's table refuses: the fact will be parked."""
    owner = await connect(d.monde.acces.dsn("dossiers", "proprietaire"))
    await owner.execute(f"ALTER TABLE vues.acces ADD CONSTRAINT piege CHECK (sujet <> '{PIEGE}')")
    await owner.close()
    await d.monde.membre(PIEGE, uuid4(), "bailleur", "agent")


async def _operer(d: Deploiement, morts: list[str]) -> None:
    """Mend and replay, rebuild: an operator's commands die too, and are given again."""
    lecteur = await connect(d.monde.acces.dsn("dossiers", "suite"))
    while not await lecteur.fetchval("SELECT count(*) FROM faits.garage"):
        await asyncio.sleep(0.05)
    await lecteur.close()
    owner = await connect(d.monde.acces.dsn("dossiers", "proprietaire"))
    await owner.execute("ALTER TABLE vues.acces DROP CONSTRAINT piege")
    await owner.close()
    for nom in POINTS:
        if nom.startswith("rejeu"):
            await _mourir(d, lambda point: d.lancer("rejouer", "dossiers", point=point), [nom], morts)
    assert await asyncio.wait_for((await d.lancer("rejouer", "dossiers")).fin, 30) == 0
    for nom in POINTS:
        if nom.startswith("reconstruction"):
            await _mourir(
                d, lambda point: d.lancer("reconstruire", "dossiers", "portefeuille", point=point), [nom], morts
            )
    for vue in ("portefeuille", "acces"):
        assert await asyncio.wait_for((await d.lancer("reconstruire", "dossiers", vue)).fin, 60) == 0


async def _au_calme(acces: Acces) -> None:
    """Until the views have every fact of the store."""
    lecteur = await connect(acces.dsn("dossiers", "suite"))
    try:
        for _ in range(1200):
            behind = await lecteur.fetchval(
                """SELECT count(*) FROM faits.streams s LEFT JOIN faits.positions p
                     ON p.stream_id = s.stream_id AND p.lecteur = $1 WHERE coalesce(p.version, 0) < s.version""",
                SERVICE.lecteur,
            )
            if not behind:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{behind} streams are not in the views after a minute")
    finally:
        await lecteur.close()


def _laisser(comptes: dict[str, int]) -> None:
    """For whoever quotes the run (the bench's table does)."""
    file = RACINE / "build" / "pannes.json"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(msgspec.json.encode(comptes))
