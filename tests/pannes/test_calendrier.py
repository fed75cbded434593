"""The scheduler and the funders' feed die too: what falls due is done once, and the feed misses nothing.

Thirty orientations expire while nobody answers; the worker of notifications dies at each of its points, and is started
again. The services it asks are real processes.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from contracts import partenaires as p
from contracts.envelope import lire
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.notifications.flux import stream_du_flux, sujet
from services.socle.base.database import Connection, connect
from services.socle.base.points import POINTS
from tests.monde import DEBUT, SERVICE
from tests.pannes.charge import CONVENTION, Charge
from tests.pannes.deploiement import Deploiement, deploiement
from tests.pannes.pepiniere import Enfant
from tests.socle.chaine import lire_sujet

MENAGES = 30
FINANCEUR, MAILLAGE = UUID(int=0xE7), UUID(int=0x5A)
PASSAGES = {"reaction.ajoutee": 1, "echeance.due": 3, "echeance.faite": 2, "flux.envoye": 1, "flux.curseur": 1}


@pytest.fixture(scope="module")
async def le_deploiement(
    bases_du_module: Acces, kafka_apache_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deploiement]:
    async with deploiement(
        bases_du_module, kafka_apache_du_module.bootstrap, tmp_path_factory.mktemp("calendrier")
    ) as d:
        await d.monde.faits_partenaires(
            FINANCEUR, p.OrganisationInscrite(FINANCEUR, "État", "financeur", "17415", d.monde.poste.url, DEBUT)
        )
        ligne = p.LigneDeFinancement(FINANCEUR, "avdl", 700_000)
        await d.monde.faits_partenaires(CONVENTION, p.PlanDeFinancementEtabli(CONVENTION, 2026, (ligne,), DEBUT))
        await d.monde.membre(SERVICE, MAILLAGE, "service", "service")
        yield d


@pytest.mark.timeout(600)
async def test_tuer_l_ordonnanceur_et_le_diffuseur_ne_perd_et_ne_double_rien(
    le_deploiement: Deploiement, kafka_apache_du_module: Kafka
) -> None:
    d, acces = le_deploiement, le_deploiement.monde.acces
    await d.travail()
    await d.api()
    await d.pret()
    charge = Charge(d.monde)
    ici, la_bas = await connect(acces.dsn("notifications", "suite")), await connect(acces.dsn("dossiers", "suite"))

    async def travail(point: str = "") -> Enfant:
        await d.oublier_les_morts(NOTIFICATIONS.lecteur)
        return await d.travail(point, "notifications")

    # What the households' orientations set going: messages, coded facts, the feed.
    attente = asyncio.gather(*(charge.orienter() for _ in range(MENAGES // 2)))
    for nom in ("reaction.ajoutee", "flux.envoye", "flux.curseur"):
        await d.mourir(travail, nom, PASSAGES[nom])
    dossiers = list(await attente)
    dossiers += await asyncio.gather(*(charge.orienter() for _ in range(MENAGES - len(dossiers))))
    vivant = await travail()
    await _vus(ici, la_bas)
    assert await vivant.arreter() == 0

    # Sixteen days later nobody has answered.
    d.monde.jour(DEBUT + timedelta(days=16))
    for nom in ("echeance.due", "echeance.faite", "reaction.ajoutee", "flux.envoye", "flux.curseur"):
        await d.mourir(travail, nom, PASSAGES[nom])
    await travail()
    for _ in range(1200):
        expirees = await la_bas.fetch("SELECT stream_id FROM faits.events WHERE type = 'OrientationExpiree'")
        if len(expirees) >= MENAGES:
            break
        await asyncio.sleep(0.05)
    assert Counter(row[0] for row in expirees) == Counter(dossiers)
    await _vus(ici, la_bas)

    rows = await ici.fetch("SELECT stream_id, type, data FROM faits.events ORDER BY stream_id, version")
    faits = [(row["type"], msgspec.json.decode(row["data"])) for row in rows]
    messages = Counter(
        (f["dossier"], f["objet"], f["le"], f["organisation"], f.get("membre"))
        for type_, f in faits
        if type_ == "MessageAdresse"
    )
    assert len(messages) >= MENAGES
    assert set(messages.values()) == {1}
    codes = Counter((f["dossier"], f["fait"]["type"]) for t, f in faits if t == "FaitDeMenageCode")
    assert set(codes.values()) == {1}
    assert Counter(type_ for _, type_ in codes)["FluxOrientationExpiree"] == MENAGES
    await _flux(ici, kafka_apache_du_module)
    print(
        f"\n{MENAGES} orientations expired once each; {len(messages)} messages and {len(codes)} coded facts, none twice"
    )
    await ici.close()
    await la_bas.close()


def test_ces_points_sont_les_autres() -> None:
    assert set(PASSAGES) == {nom for nom in POINTS if nom.startswith(("reaction", "echeance", "flux"))}


async def _vus(ici: Connection, la_bas: Connection) -> None:
    """Until notifications knows all that dossiers and itself have recorded."""
    streams: dict[UUID, int] = {}
    for _ in range(1200):
        for connection in (la_bas, ici):
            streams |= {
                row[0]: row[1] for row in await connection.fetch("SELECT stream_id, version FROM faits.streams")
            }
        rows = await ici.fetch(
            "SELECT stream_id, version FROM faits.positions WHERE lecteur = $1", NOTIFICATIONS.lecteur
        )
        positions = {row[0]: row[1] for row in rows}
        if all(positions.get(stream, 0) >= version for stream, version in streams.items()):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("notifications is behind after a minute")


async def _flux(ici: Connection, courtier: Kafka) -> None:
    """The feed holds each fact of its convention, in its place."""
    attendus = await ici.fetchval("SELECT version FROM faits.streams WHERE stream_id = $1", stream_du_flux(CONVENTION))
    places: list[int] = []
    for _ in range(400):
        lus: defaultdict[str, list[int]] = defaultdict(list)
        for record in await lire_sujet(courtier.bootstrap, sujet(FINANCEUR, CONVENTION)):
            envelope = lire(record.headers)
            lus[envelope.epoque].append(envelope.streamversion)
        [epoque] = lus
        places = list(dict.fromkeys(lus[epoque]))
        if len(places) >= attendus:
            break
        await asyncio.sleep(0.1)
    assert places == list(range(1, attendus + 1))
