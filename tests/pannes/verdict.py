"""What is left after the killing: commands, facts, Kafka and views counted against each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from contracts.envelope import lire
from deploy.roles import Acces
from services.dossiers.app import SERVICE
from services.socle.base.database import Connection, connect
from services.socle.rebuild import fingerprint, rebuild
from services.socle.views.view import View
from tests.pannes.charge import Acquise
from tests.socle.chaine import lire_sujet


class Verdict(Struct, kw_only=True):
    """All but the first three lines and the repeated sends must be 0."""

    commandes: int
    renvois: int
    faits: int
    repetes: int
    """Sent to Kafka more than once: allowed, readers drop them."""
    commandes_perdues: int
    commandes_doublees: int
    perdus: int
    deplaces: int
    ecarts: int
    gares: int
    cles_restees: int

    @property
    def fautes(self) -> dict[str, int]:
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        return {n: v for n, v in said.items() if v and n not in ("commandes", "renvois", "faits", "repetes")}

    def __str__(self) -> str:
        return (
            f"{self.commandes} commands acknowledged ({self.renvois} sent again), {self.faits} facts: "
            f"{self.commandes_perdues} commands lost, {self.commandes_doublees} doubled; on Kafka {self.perdus} facts lost, "
            f"{self.deplaces} misplaced, {self.repetes} repeated; {self.ecarts} rows of views differ from a rebuild, "
            f"{self.gares} facts parked, {self.cles_restees} keys left of erased households"
        )


async def juger(
    acces: Acces, kafka: str, acquises: Sequence[Acquise], effaces: Collection[UUID], renvois: int, vues: Sequence[View]
) -> Verdict:
    """Count; everything must be quiet. Rebuilds each of `vues`."""
    lecteur = await connect(acces.dsn("dossiers", "suite"))
    cles = await connect(acces.dsn("dossiers", "cles"))
    try:
        perdues, doublees = await _commandes(acces, lecteur, acquises)
        stored = {(r[0], r[1]) for r in await lecteur.fetch("SELECT stream_id, version FROM faits.events")}
        on_kafka = await _sur_kafka(kafka)
        sent = Counter((stream, version) for stream, versions in on_kafka.items() for version in versions)
        return Verdict(
            commandes=len(acquises),
            renvois=renvois,
            faits=len(stored),
            repetes=sum(sent.values()) - len(sent),
            commandes_perdues=perdues,
            commandes_doublees=doublees,
            perdus=len(stored - sent.keys()),
            deplaces=sum(_deplaces(versions) for versions in on_kafka.values()),
            ecarts=sum([await _ecarts(acces, kafka, lecteur, vue) for vue in vues]),
            gares=await lecteur.fetchval("SELECT count(*) FROM faits.garage"),
            cles_restees=await cles.fetchval(
                "SELECT count(*) FROM dossiers.cles WHERE personne = ANY($1) AND detruite_le IS NULL", list(effaces)
            ),
        )
    finally:
        await lecteur.close()
        await cles.close()


async def _commandes(acces: Acces, lecteur: Connection, acquises: Sequence[Acquise]) -> tuple[int, int]:
    """How many acknowledged commands left less than they must have, or are not known any more; and more than they must."""
    owner = await connect(acces.dsn("dossiers", "proprietaire"))
    connues: dict[UUID, tuple[UUID, int]] = {}
    for organisation in {a.organisation for a in acquises}:
        async with owner.transaction():
            await owner.execute("SELECT set_config('maillage.organisation', $1, true)", str(organisation))
            for row in await owner.fetch("SELECT command_id, stream_id, version FROM faits.commands"):
                connues[row[0]] = (row[1], row[2])
    await owner.close()
    rows = await lecteur.fetch("SELECT causation, count(*) FROM faits.events GROUP BY 1")
    faits: Mapping[UUID, int] = {row[0]: row[1] for row in rows}
    perdues = sum(
        connues.get(a.commande) != (a.stream, a.version) or faits.get(a.commande, 0) < a.faits for a in acquises
    )
    return perdues, sum(faits.get(a.commande, 0) > a.faits for a in acquises)


async def _sur_kafka(bootstrap: str) -> dict[UUID, list[int]]:
    """The versions of each stream of dossiers, in the order of its partition, with every repetition."""
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    for record in await lire_sujet(bootstrap, "dossiers"):
        envelope = lire(record.headers)
        found[envelope.subject].append(envelope.streamversion)
    return found


def _deplaces(versions: Sequence[int]) -> int:
    """Once repetitions are dropped, each version stands behind the one before it, without a gap."""
    return sum(n != version for n, version in enumerate(dict.fromkeys(versions), 1))


async def _ecarts(acces: Acces, kafka: str, lecteur: Connection, vue: View) -> int:
    before = await fingerprint(lecteur, vue)
    owner = await connect(acces.dsn("dossiers", "proprietaire"))
    try:
        client: dict[str, Any] = {"bootstrap_servers": kafka}
        bilan = await rebuild(SERVICE, vue, owner, acces.dsn("dossiers", "suite"), lambda: client)
    finally:
        await owner.close()
    return bilan.differences + abs(bilan.lignes - before[0]) or int(bilan.empreinte != before[1])
