"""A deployment with something in it, for requests that nobody should send: one dossier followed, with a contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from urllib.parse import urlsplit

import pytest

from deploy.catalogue import SERVICES
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces, preparer, supprimer
from services.socle.base.database import connect
from tests.entrees.requetes import Place
from tests.frontieres.bases import Compter, comptable
from tests.frontieres.recit import Recit, accompagner, corps, orienter, reperer
from tests.frontieres.terrain import Terrain, planter
from tests.infra import Postgres, moteur_kafka, nouveau_kafka
from tests.monde import monde

MANQUENT: Mapping[str, object] = {
    "retirer-orientation": {"motif": "erreur"},
    "mettre-a-l-etude": {},
    "refuser-orientation": {"auteur": "association", "etape": "rencontre", "motif": "autre", "precision": "x"},
    "refuser-adhesion": {"motif": "autre", "precision": "x"},
    "retirer-consentement": {"finalite": "partage_synthese"},
    "clore": {"motif": "autre", "situation": "inconnue", "precision": "x"},
    "expirer-orientation": {},
    **{
        commande: {"echeance": "2026-03-09"}
        for commande in ("constater-retard", "constater-escalade", "constater-manquee")
    },
}
"""Bodies of the commands this dossier has not been through."""

REGLES = {
    "periodicite_mois": 2,
    "delai_reponse_jours": 15,
    "delai_etude_jours": 30,
    "entretien_requis": True,
    "pseudonymes_pluriannuels": False,
}

PAYEURS = {
    "etat.analyste": "convention.semis",
    "agglo.analyste": "convention.semis",
    "autre-financeur.analyste": "convention.autre-bailleur",
}
"""Whoever has a feed, and the convention it is about."""


@pytest.fixture(scope="package")
def acces(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[Acces]:
    """Databases of this folder alone."""
    found = asyncio.run(preparer(postgres.dsn_admin, request.getfixturevalue("secrets_roles"), prefixe="entrees_"))
    yield found
    asyncio.run(supprimer(postgres.dsn_admin, found))


@pytest.fixture(scope="package")
def courtier() -> Iterator[Kafka]:
    """A broker of this folder alone: every deployment's first organisation has the same id."""
    broker = nouveau_kafka(moteur_kafka())
    yield broker
    broker.fermer()


@pytest.fixture(scope="package")
async def place(
    postgres: Postgres, acces: Acces, courtier: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    async with monde(acces, courtier.bootstrap, tmp_path_factory.mktemp("place"), list(SERVICES.values())) as m:
        terrain, poses = await planter(m)
        notre = _recit(terrain, poses, "semis", "tremplin17")
        await reperer(notre)
        await orienter(notre, 1)
        await notre.fait(notre.roles.coordinateur, "accepter-orientation")
        await accompagner(notre)
        leur = _recit(terrain, poses, "autre-bailleur", "autre-association")
        await reperer(leur)
        await orienter(leur, 1)
        await terrain.calme()
        # A feed's keys are made when it is first read: by its sender, which nobody waits for, or here.
        for analyste, convention in PAYEURS.items():
            lu = await terrain.lire(analyste, "notifications", f"/v1/flux/{poses[convention]}", limite=200)
            assert lu.status_code == 200, lu.text
        notres = await _ids(notre, notre.roles.referent, "semis")
        leurs = await _ids(leur, leur.roles.coordinateur, "autre-bailleur")
        yield Place(m, terrain, notres, leurs, _corps(notre), await _servies(postgres, acces))


def _corps(recit: Recit) -> dict[str, object]:
    connus = corps(recit)
    return {**MANQUENT, **connus, "ouvrir": {**connus["ouvrir"], "regles": REGLES}}


def _recit(terrain: Terrain, poses: Mapping[str, str], bailleur: str, association: str) -> Recit:
    return Recit(
        terrain,
        terrain.roles(bailleur, association),
        f"chez-{bailleur}",
        terrain.organisations[association],
        poses[f"convention.{bailleur}"],
        poses[f"dispositif.{bailleur}"],
        reseau=1 if bailleur.startswith("autre") else 0,
    )


async def _ids(recit: Recit, lecteur: str, bailleur: str) -> dict[str, str]:
    boite = await recit.terrain.lire(lecteur, "notifications", "/v1/boite")
    return {
        "dossier": recit.dossier,
        "convention": recit.convention,
        "dispositif": recit.dispositif,
        "organisation": recit.terrain.organisations[bailleur],
        "message": boite.json()["elements"][0]["message"],
    }


async def _servies(postgres: Postgres, acces: Acces) -> dict[tuple[str, str], list[str]]:
    """Two commands' ids that each organisation has used in each service."""
    query = "SELECT organisation::text, (array_agg(command_id::text))[1:2] FROM faits.commands GROUP BY 1"
    found: dict[tuple[str, str], list[str]] = {}
    for service in SERVICES:
        connection = await connect(urlsplit(postgres.dsn_admin)._replace(path=f"/{acces.base(service)}").geturl())
        try:
            rows = await connection.fetch(query)
        finally:
            await connection.close()
        found |= {(service, organisation): commandes for organisation, commandes in rows}
    return found


@pytest.fixture(scope="package")
async def compter(postgres: Postgres, acces: Acces) -> AsyncIterator[Compter]:
    async with comptable(postgres, acces) as compter:
        yield compter


@pytest.fixture
async def rien_n_est_enregistre(place: Place, compter: Compter) -> AsyncIterator[None]:
    """What the test sends leaves no fact, stream, command or key behind."""
    avant = await compter()
    yield
    assert await compter() == avant
