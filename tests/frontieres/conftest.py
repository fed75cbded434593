"""Two networks, two households' whole lives, and what every account could read at each moment of the first one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
from msgspec import Struct

from deploy.catalogue import SERVICES
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces, preparer, supprimer
from tests.frontieres.exploration import Vue, tout_lire
from tests.frontieres.recit import MOMENTS, Recit, effacer, ouvrir, raconter
from tests.frontieres.terrain import EQUIPES, RETIRE, SANS_ROLE, Terrain, planter
from tests.infra import Postgres, moteur_kafka, nouveau_kafka
from tests.monde import Monde, monde

COMPTES = [*(sujet for equipe in EQUIPES.values() for sujet in equipe), *SANS_ROLE, RETIRE]


DE_PRES = frozenset({*EQUIPES["bailleur"], *EQUIPES["association"]})


def temoins(moment: str) -> list[str]:
    """Who looks at a moment: those who work there always, everybody else at the beginning, in the middle, at the end."""
    return [sujet for sujet in COMPTES if sujet in DE_PRES or moment in ("repere", "suivi", "clos")]


class Scene(Struct, frozen=True):
    """`photos`: moment → account → every answer it got. `ids`: kind of thing → ids of both networks."""

    monde: Monde
    terrain: Terrain
    notre: Recit
    leur: Recit
    ids: Mapping[str, list[str]]
    photos: Mapping[str, Mapping[str, list[Vue]]]

    def photo(self, moment: str, sujet: str) -> list[Vue]:
        """What an account read at a moment; nothing when it did not look."""
        return self.photos[moment].get(sujet, [])


@pytest.fixture(scope="package")
def acces(postgres: Postgres, secrets_roles: object, request: pytest.FixtureRequest) -> Iterator[Acces]:
    """Databases of this folder alone."""
    found = asyncio.run(preparer(postgres.dsn_admin, request.getfixturevalue("secrets_roles"), prefixe="frontieres_"))
    yield found
    asyncio.run(supprimer(postgres.dsn_admin, found))


@pytest.fixture(scope="package")
def courtier() -> Iterator[Kafka]:
    """A broker of this folder alone: every deployment's first organisation has the same id."""
    broker = nouveau_kafka(moteur_kafka())
    yield broker
    broker.fermer()


@pytest.fixture(scope="package")
async def scene(acces: Acces, courtier: Kafka, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The whole story played; the services still run, their workers have nothing left to do."""
    async with monde(acces, courtier.bootstrap, tmp_path_factory.mktemp("scene"), list(SERVICES.values())) as m:
        terrain, poses = await planter(m)
        notre, leur = _recits(terrain, poses)
        photos: dict[str, dict[str, list[Vue]]] = {}

        async def rien(recit: Recit, moment: str) -> None:
            return None

        async def photographier(recit: Recit, moment: str) -> None:
            await terrain.calme()
            ids = inventaire(terrain, poses, notre, leur)
            # Nothing happens in partenaires meanwhile: it is asked once, at the end.
            sauf = () if moment == MOMENTS[-1] else ("partenaires",)
            photos[moment] = {sujet: await tout_lire(terrain, sujet, ids, sauf) for sujet in temoins(moment)}

        await raconter(leur, rien)
        await raconter(notre, photographier)
        ouvert = _un(terrain, poses, "semis", "tremplin17", "ouvert", 0)
        await ouvrir(ouvert)
        jete = _un(terrain, poses, "autre-bailleur", "autre-association", "jete", 1)
        await ouvrir(jete)
        await jete.fait(jete.roles.agent, "retirer-orientation", {"motif": jete.code("retrait.motif")})
        await effacer(jete, jete.roles.responsable, jete.roles.coordinateur)
        for sujet in (ouvert.roles.agent, ouvert.roles.referent):
            await terrain.lire(sujet, "dossiers", f"/v1/dossiers/{notre.dossier}")
        await terrain.calme()
        yield Scene(m, terrain, notre, leur, inventaire(terrain, poses, notre, leur), photos)


def _recits(terrain: Terrain, poses: Mapping[str, str]) -> tuple[Recit, Recit]:
    return (
        _un(terrain, poses, "semis", "tremplin17", "chez-nous", 0),
        _un(terrain, poses, "autre-bailleur", "autre-association", "chez-eux", 1),
    )


def _un(terrain: Terrain, poses: Mapping[str, str], bailleur: str, association: str, graine: str, reseau: int) -> Recit:
    return Recit(
        terrain,
        terrain.roles(bailleur, association),
        graine,
        terrain.organisations[association],
        poses[f"convention.{bailleur}"],
        poses[f"dispositif.{bailleur}"],
        reseau,
    )


def inventaire(terrain: Terrain, poses: Mapping[str, str], *recits: Recit) -> dict[str, list[str]]:
    """Everything an address or a filter may name."""
    return {
        "dossier": [recit.dossier for recit in recits if recit.dossier],
        "convention": [recit.convention for recit in recits],
        "dispositif": [recit.dispositif for recit in recits],
        "organisation": list(terrain.organisations.values()),
        "referent": [terrain.membres[recit.roles.referent] for recit in recits],
    }
