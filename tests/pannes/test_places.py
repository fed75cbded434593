"""One place left, and sixty-four acceptances at the same moment, through three API processes: one gets it."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from uuid import UUID, uuid4

import httpx
import pytest

from deploy.moteurs.kafka import Kafka
from deploy.moteurs.processus import port_libre
from deploy.roles import Acces
from jeu.dossiers import clore
from services.socle.base.database import connect
from tests.infra import moteur_kafka, nouveau_kafka
from tests.pannes.charge import Charge
from tests.pannes.deploiement import Deploiement, deploiement

CANDIDATS = 64


@pytest.fixture(scope="module")
def courtier() -> Iterator[Kafka]:
    """Of this module alone: others' facts on the same topics would be folded into these views."""
    broker = nouveau_kafka(moteur_kafka())
    yield broker
    broker.fermer()


@pytest.fixture(scope="module")
async def le_deploiement(
    bases_du_module: Acces, courtier: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deploiement]:
    async with deploiement(bases_du_module, courtier.bootstrap, tmp_path_factory.mktemp("places"), places=1) as d:
        await d.travail()
        await d.api()
        await d.pret()
        yield d


async def test_la_derniere_place_n_est_prise_qu_une_fois(le_deploiement: Deploiement) -> None:
    d = le_deploiement
    ports = [port_libre() for _ in range(2)]
    autres = [await d.api(port=port) for port in ports]
    clients = [d.monde.clients["dossiers"], *(httpx.AsyncClient(base_url=f"http://127.0.0.1:{p}") for p in ports)]
    charge = Charge(d.monde)
    dossiers = await _orienter(charge)
    for client in clients:
        await _pret(client)

    elu = await _tous_a_la_fois(d, clients, dossiers, dossiers)
    # The place comes back, and is given once again.
    await charge.obtenir("coordinateur", clore(), elu, faits=2)
    restants = [dossier for dossier in dossiers if dossier != elu]
    await _tous_a_la_fois(d, clients, restants, dossiers)

    for client in clients[1:]:
        await client.aclose()
    for enfant in autres:
        assert await enfant.arreter() in (0, -signal.SIGTERM)


async def _orienter(charge: Charge) -> list[UUID]:
    """Eight at a time."""
    seul = asyncio.Semaphore(8)

    async def un() -> UUID:
        async with seul:
            return await charge.orienter()

    return list(await asyncio.gather(*(un() for _ in range(CANDIDATS))))


async def _pret(client: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            if (await client.get("/sante/pret")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("an API does not answer")


async def _tous_a_la_fois(
    d: Deploiement, clients: Sequence[httpx.AsyncClient], candidats: Sequence[UUID], tous: Sequence[UUID]
) -> UUID:
    """All ask at the same moment, and once more under the same numbers; answers who got it."""
    numeros = [str(uuid4()) for _ in candidats]
    jeton = d.monde.jeton("coordinateur")
    elus: set[UUID] = set()
    for _ in range(2):
        reponses = await asyncio.gather(
            *(
                clients[n % len(clients)].post(
                    f"/v1/dossiers/{dossier}/accepter-orientation",
                    json={},
                    headers={"Idempotency-Key": numeros[n], **jeton},
                    timeout=30,
                )
                for n, dossier in enumerate(candidats)
            )
        )
        dits = Counter((r.status_code, r.json().get("code")) for r in reponses)
        assert dits == {(200, None): 1, (409, "capacite_atteinte"): len(candidats) - 1}
        elus |= {dossier for dossier, r in zip(candidats, reponses, strict=True) if r.status_code == 200}
    [elu] = elus
    lecteur = await connect(d.monde.acces.dsn("dossiers", "suite"))
    types = Counter(r[0] for r in await lecteur.fetch("SELECT type FROM faits.events"))
    await lecteur.close()
    assert types["OrientationAcceptee"] == types["PlacePrise"] == types["PlaceRendue"] + 1
    return elu
