"""Where a story is played: the services' APIs, whoever runs them, and the accounts of two networks that share nothing.

The first network has all that boundaries are about: two référents, an account without a role, one that was removed, and a
landlord and a local authority that only pay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import date
from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
import httpx
from msgspec import Struct

from contracts import partenaires as p
from deploy.catalogue import SERVICES
from jeu import partenaires as gp
from jeu.gens import Equipe
from services.socle.base.database import connect
from tests.monde import DEBUT, SERVICE, Monde
from tests.partenaires.reseau import Reseau, convenir, installer

Dsn = Callable[[str, str], str]
"""(service, function) → connection string."""


class Lieu(Protocol):
    """What a story asks of the deployment it is played on. `clients` by service; `jour` sets the simulated clock."""

    @property
    def clients(self) -> Mapping[str, httpx.AsyncClient]: ...
    def jeton(self, sujet: str) -> dict[str, str]: ...
    def jour(self, le: date) -> None: ...


class Roles(Equipe, frozen=True):
    """The accounts of a network, by what they do in it, and the services' own."""

    horloge: str = ""


class Terrain(Struct, frozen=True):
    """`organisations` and `membres`: name → id."""

    lieu: Lieu
    dsn: Dsn
    organisations: Mapping[str, str]
    membres: Mapping[str, str]
    horloge: str
    """The account of the services among themselves."""

    def roles(self, bailleur: str, association: str) -> Roles:
        return Roles(bailleur, association, horloge=self.horloge)

    async def poster(self, sujet: str, service: str, chemin: str, corps: Any = None, **en_tetes: str) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4()), **self.lieu.jeton(sujet), **en_tetes}
        return await self.lieu.clients[service].post(chemin, json=corps or {}, headers=headers)

    async def lire(self, sujet: str, service: str, chemin: str, **params: Any) -> httpx.Response:
        # Empty parameters would take away those the address has already.
        return await self.lieu.clients[service].get(chemin, params=params or None, headers=self.lieu.jeton(sujet))

    async def calme(self, delai: float = 60.0) -> None:
        """Returns once every view of every service shows every fact."""
        async with AsyncExitStack() as stack, asyncio.timeout(delai):
            bases = {service: await connect(self.dsn(service, "suite")) for service in SERVICES}
            for base in bases.values():
                stack.push_async_callback(base.close)
            # Twice: what one service does about another's facts comes after them.
            while not (await _a_jour(bases) and await _a_jour(bases)):
                await asyncio.sleep(0.02)


_HEADS = "SELECT stream_id, version FROM faits.streams WHERE version > 0"
_POSITIONS = "SELECT stream_id, version FROM faits.positions WHERE lecteur = $1"


async def _a_jour(bases: Mapping[str, asyncpg.Connection[Any]]) -> bool:
    heads = {service: dict(await base.fetch(_HEADS)) for service, base in bases.items()}
    for service, definition in SERVICES.items():
        known = dict(await bases[service].fetch(_POSITIONS, definition.lecteur))
        followed = {s: v for topic in definition.topics for s, v in heads.get(topic, {}).items()}
        if any(known.get(stream, 0) < version for stream, version in followed.items()):
            return False
    return True


async def jusqu_a(vrai: Callable[[], Awaitable[bool]], quoi: str, delai: float = 20.0) -> None:
    """Poll until true."""
    try:
        async with asyncio.timeout(delai):
            while not await vrai():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"still not true after {delai} s: {quoi}") from None


EQUIPES = {
    "bailleur": ("semis.agent", "semis.responsable"),
    "association": ("tremplin17.referent", "tremplin17.referent2", "tremplin17.coordinateur"),
    "payeurs": ("etat.analyste", "agglo.analyste", "payeur.agent", "payeur.responsable"),
    "dehors": (
        "autre-bailleur.agent",
        "autre-bailleur.responsable",
        "autre-association.referent",
        "autre-association.coordinateur",
        "autre-financeur.analyste",
        "exploitant",
        "horloge",
    ),
}
"""Every account that comes in, by the team it belongs to as seen from the first network."""

SANS_ROLE = ("semis.sans-role", "tremplin17.sans-role", "etat.sans-role")
RETIRE = "semis.retire"


async def planter(monde: Monde) -> tuple[Terrain, dict[str, str]]:
    """The two networks on a fresh `monde`; answers the terrain and the ids of dispositifs and conventions."""
    reseau = await installer(monde)
    await _completer(reseau)
    await convenir(reseau, "semis", "tremplin17", "etat")
    await convenir(reseau, "autre-bailleur", "autre-association", "autre-financeur")
    await _faire_payer(reseau)
    o = {**reseau.organisations, "exploitant": reseau.installee.exploitant, "services": reseau.installee.services}
    terrain = Terrain(monde, monde.acces.dsn, {k: str(v) for k, v in o.items()}, reseau.membres, "horloge")
    await _sans_roles(monde, terrain)
    await terrain.calme()
    return terrain, reseau.poses


async def _completer(reseau: Reseau) -> None:
    """What the shared setting lacks: a second référent, somebody removed, and two that only pay."""
    o, habiliter = reseau.organisations, reseau.habiliter
    reseau.membres["tremplin17.referent2"] = await habiliter(
        "tremplin17.coordinateur", o["tremplin17"], "tremplin17.referent2", "referent"
    )
    await habiliter("exploitant", str(reseau.installee.services), SERVICE, "service")
    retire = await habiliter("semis.responsable", o["semis"], RETIRE, "agent")
    await reseau.geste("semis.responsable", gp.retirer_membre(retire), o["semis"])
    reseau.membres[RETIRE] = retire
    for nom, nature, roles in (
        ("payeur", "bailleur", ("responsable", "agent")),
        ("agglo", "collectivite", ("analyste",)),
    ):
        o[nom] = await reseau.geste("exploitant", gp.inscrire(nom, nature, reseau.monde.poste.url, "17300"))
        par = "exploitant"
        for role in roles:
            sujet = f"{nom}.{role}"
            reseau.membres[sujet] = await habiliter(par, o[nom], sujet, role)
            par = f"{nom}.{roles[0]}"


async def _faire_payer(reseau: Reseau) -> None:
    """The first network's plan, with those who only pay."""
    o, convention = reseau.organisations, reseau.poses["convention.semis"]
    parts = [("semis", "part_bailleur"), ("etat", "avdl"), ("payeur", "part_bailleur"), ("agglo", "appel_a_projets")]
    lignes = (p.LigneDeFinancement(UUID(o[nom]), source, 700_000) for nom, source in parts)
    await reseau.geste("semis.responsable", gp.financer(2026, *lignes), convention)


async def _sans_roles(monde: Monde, terrain: Terrain) -> None:
    """Accounts without a role, which partenaires would not make: what if its facts said so all the same."""
    natures = {"semis": "bailleur", "tremplin17": "association", "etat": "financeur"}
    for sujet in SANS_ROLE:
        organisation = terrain.organisations[sujet.split(".")[0]]
        fait = p.MembreHabilite(
            uuid4(), UUID(organisation), natures[sujet.split(".")[0]], monde.poste.url, sujet, (), DEBUT
        )
        await monde.faits_partenaires(uuid4(), fait)
