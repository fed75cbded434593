"""Filling an event store with dossiers, quickly: by COPY, as the facts of so many commands would have left it."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from bench.vies import ENTIERE, Pas, parties, vie
from contracts import dossiers as d
from services.socle.base.database import pool
from services.socle.base.settings import Settings
from services.socle.facts.codec import Codec
from services.socle.keys.keyring import Trousseau
from services.socle.keys.personal import changer
from services.socle.keys.vault import CoffreFichier

CODEC = Codec[d.Event](d.Event)
PAR_LOT = 500

Sceller: TypeAlias = Callable[[UUID, Sequence[tuple[Pas, UUID]]], Awaitable[list[d.Event]]]
"""(household, its facts with their ids) → the facts with their personal texts sealed."""


class Dossier(Struct, frozen=True):
    stream: UUID
    menage: UUID
    version: int


async def en_apparence(menage: UUID, faits: Sequence[tuple[Pas, UUID]]) -> list[d.Event]:
    """Tokens of the right shape and length that no key opens: for who only carries them (views, relay)."""
    cle = uuid4().hex

    def jeton(evenement: UUID) -> Callable[[str], str]:
        # A sealed text is its nonce (12 bytes), its ciphertext and its tag (16), in base64 without padding.
        return lambda text: (
            f"chiffre:1:{cle}:{evenement.hex}:"
            + urlsafe_b64encode(bytes(len(text.encode()) + 28)).rstrip(b"=").decode()
        )

    return [changer(pas.fait, jeton(id_)) for pas, id_ in faits]


@asynccontextmanager
async def trousseau(settings: Settings) -> AsyncIterator[Trousseau]:
    """The dossiers service's keys."""
    async with pool(settings.dsn("dossiers", "cles"), largest=8) as cles:
        yield Trousseau(cles, CoffreFichier(settings.cle_maitre), "dossiers")


def pour_de_bon(trousseau: Trousseau) -> Sceller:
    """Each organisation's writings under its own key for the household, as the service seals them."""

    async def sceller(menage: UUID, faits: Sequence[tuple[Pas, UUID]]) -> list[d.Event]:
        sealed: dict[UUID, d.Event] = {}
        for organisation in dict.fromkeys(pas.organisation for pas, _ in faits):
            siens = [(pas.fait, id_) for pas, id_ in faits if pas.organisation == organisation]
            done = await trousseau.sceller_tout(siens, menage, organisation)
            sealed.update(zip((id_ for _, id_ in siens), done, strict=True))
        return [sealed[id_] for _, id_ in faits]

    return sceller


async def remplir(
    dsn: str, combien: int, faits: int = ENTIERE, sceller: Sceller = en_apparence, debut: date | None = None
) -> list[Dossier]:
    """Add `combien` dossiers with the first `faits` facts of a life to the store at `dsn` (a superuser's address)."""
    debut = debut or datetime.now(UTC).date() - timedelta(days=200)
    connection = await asyncpg.connect(dsn)
    dossiers: list[Dossier] = []
    try:
        for start in range(0, combien, PAR_LOT):
            lot = await asyncio.gather(*(_dossier(debut, faits, sceller) for _ in range(min(PAR_LOT, combien - start))))
            await _copier(connection, lot)
            dossiers += [dossier for dossier, _, _ in lot]
        await connection.execute("VACUUM ANALYZE faits.streams, faits.events, faits.commands")
    finally:
        await connection.close()
    return dossiers


_Lignes: TypeAlias = list[tuple[Any, ...]]


async def _dossier(debut: date, faits: int, sceller: Sceller) -> tuple[Dossier, list[UUID], _Lignes]:
    """A dossier, who may load it, and its rows of faits.events."""
    stream, menage = uuid4(), uuid4()
    pas = vie(menage, debut, faits)
    ids = [uuid4() for _ in pas]
    sealed = await sceller(menage, list(zip(pas, ids, strict=True)))
    now = datetime.now(UTC)
    rows = [
        (
            id_,
            stream,
            version,
            type(fait).__name__,
            1,
            CODEC.encode(fait),
            p.organisation,
            p.auteur,
            now,
            uuid4(),
            uuid4(),
        )
        for version, (id_, fait, p) in enumerate(zip(ids, sealed, pas, strict=True), 1)
    ]
    return Dossier(stream, menage, len(pas)), parties(pas), rows


async def _copier(connection: asyncpg.Connection[Any], lot: Sequence[tuple[Dossier, list[UUID], _Lignes]]) -> None:
    async with connection.transaction():
        await connection.copy_records_to_table(
            "streams", schema_name="faits", columns=["stream_id", "version", "organisations"],
            records=[(dossier.stream, dossier.version, orgs) for dossier, orgs, _ in lot],
        )  # fmt: skip
        await connection.copy_records_to_table(
            "events",
            schema_name="faits",
            columns=[
                "id", "stream_id", "version", "type", "schema_version", "data", "organisation", "auteur", "instant",
                "correlation", "causation",
            ],
            records=[row for _, _, rows in lot for row in rows],
        )  # fmt: skip
        await connection.copy_records_to_table(
            "commands", schema_name="faits",
            columns=["organisation", "command_id", "empreinte", "stream_id", "version"],
            records=[(row[6], row[10], bytes(32), row[1], row[2]) for _, _, rows in lot for row in rows],
        )  # fmt: skip
