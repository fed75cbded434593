"""A service made of almost nothing, on the real tables: money boxes one puts coins into and empties."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import TypeAlias, assert_never
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord, TopicPartition
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ARRAY, BigInteger, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from uuid_utils.compat import uuid7

from contracts.envelope import en_tetes
from contracts.message import Message, Personnel
from deploy.migrations.textes import statements
from deploy.roles import Acces
from services.socle.base import schema
from services.socle.base.columns import fiche, journal
from services.socle.base.database import connect, pool
from services.socle.base.recorded import Recorded
from services.socle.delivery.relay import enveloppe
from services.socle.facts.act import Acte
from services.socle.facts.append import Fact, GroupCommit, Part, Write
from services.socle.facts.chapter import Chapter, History, Order
from services.socle.facts.codec import Codec
from services.socle.facts.command import Commande
from services.socle.facts.handle import Handler
from services.socle.facts.refusal import Refus
from services.socle.facts.store import START, Store, follow
from services.socle.facts.store import Row as StoredRow
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from services.socle.rebuild import create
from services.socle.views.arrival import readable
from services.socle.views.projector import Projector
from services.socle.views.view import Fiche, Journal, Row, View, vues

SERVICE = "dossiers"
"""Whose database and roles it borrows."""

TOPIC = "tirelires"

ORGANISATION, AUTEUR = UUID(int=0xA), UUID(int=0xB)


class Depot(Message, frozen=True):
    montant: int
    mot: Personnel = ""


class Vidage(Message, frozen=True):
    montant: int


class Virement(Message, frozen=True):
    """Nobody's view reads it; its version counts all the same."""

    montant: int


Event: TypeAlias = Depot | Vidage | Virement

CODEC: Codec[Event] = Codec(Event)


# Decisions


class Deposer(Commande):
    """`vers`: the same into a second box, or into none; `plafond`: what that box may hold."""

    montant: int
    mot: str = ""
    vers: UUID | None = None
    plafond: int = 10**9


class Vider(Commande):
    pass


def decide(command: Deposer | Vider, total: int, acte: Acte) -> list[Event]:
    match command:
        case Deposer(montant=montant, plafond=plafond) if total + montant > plafond:
            raise Refus("pleine", plafond=plafond)
        case Deposer(montant=0):
            return []
        case Deposer(montant=montant, mot=mot):
            return [Depot(montant, mot)]
        case Vider():
            return [Vidage(total)] if total else []
        case jamais:
            assert_never(jamais)


def evolve(total: int, event: Depot | Vidage) -> int:
    return total + event.montant if isinstance(event, Depot) else total - event.montant


def alors(stream: UUID, command: Deposer | Vider, history: History, new: Sequence[Event]) -> list[Order[Event]]:
    return [tirelire.order(command.vers, command, birth=True)] if isinstance(command, Deposer) and command.vers else []


tirelire: Chapter[Deposer | Vider, int, Depot | Vidage, Event] = Chapter(Depot | Vidage, 0, evolve, decide, alors=alors)


def personne(history: Sequence[Event], new: Sequence[Event]) -> UUID:
    return AUTEUR


def acte(commande: UUID | None = None, organisation: UUID = ORGANISATION, *roles: str) -> Acte:
    instant = datetime(2026, 1, 5, 11, tzinfo=UTC)
    return Acte(organisation, AUTEUR, frozenset(roles), instant, date(2026, 1, 5), commande or uuid4(), uuid4())


def demande(stream: UUID, command: Commande, attendue: int | None = None) -> Order[Event]:
    assert isinstance(command, Deposer | Vider)
    return replace(tirelire.order(stream, command, birth=True), expected=attendue)


# Writing without deciding


def part(stream: UUID, expected: int, *events: Event) -> Part:
    given = events or (Depot(1),)
    facts = [Fact(uuid7(), type(e).__name__, 1, CODEC.encode(e)) for e in given]
    return Part(stream, expected, facts, frozenset({ORGANISATION}))


def write(*parts: Part, command: UUID | None = None) -> Write:
    return Write(parts, ORGANISATION, AUTEUR, command or uuid4(), b"empreinte", datetime.now(UTC), uuid4())


# Views


soldes = Table(
    "soldes",
    vues(),
    *fiche("tirelire"),
    Column("total", BigInteger, nullable=False),
    Column("suite", ARRAY(Integer), nullable=False),
    Column("mots", JSONB, nullable=False),
)


def fold(row: Row | None, fait: Recorded[Depot | Vidage]) -> Row | None:
    known: Row = row or {"total": 0, "suite": [], "mots": {}}
    match fait.event:
        case Depot(montant=montant, mot=mot):
            total, mots = known["total"] + montant, {**known["mots"], str(fait.version): mot}
        case Vidage(montant=montant):
            total, mots = known["total"] - montant, {}
    return {"total": total, "suite": [*known["suite"], fait.version], "mots": mots}


SOLDES = Fiche(soldes, Depot | Vidage, fold, visible="true")
"""`suite` holds the versions in the order they were folded: a doubled or misplaced fact shows."""

ouvertes = Table("ouvertes", vues(), *fiche("tirelire"), Column("depuis", Integer, nullable=False))


def fold_ouvertes(row: Row | None, fait: Recorded[Depot | Vidage]) -> Row | None:
    if isinstance(fait.event, Vidage):
        return None
    return {"depuis": row["depuis"] if row else fait.version}


OUVERTES = Fiche(ouvertes, Depot | Vidage, fold_ouvertes, visible="true")
"""The boxes that hold something: rows come and go."""

mouvements = Table(
    "mouvements", vues(), *journal(), Column("montant", BigInteger, nullable=False), Column("mot", Text, nullable=False)
)


def lines(fait: Recorded[Depot | Vidage]) -> list[Row]:
    return [{"montant": fait.event.montant, "mot": fait.event.mot}] if isinstance(fait.event, Depot) else []


MOUVEMENTS = Journal(
    mouvements, Depot | Vidage, lines, visible="true", purge=lambda f: {} if isinstance(f.event, Vidage) else None
)
"""What each box holds, coin by coin: emptying it purges the lines."""

VUES: tuple[View, ...] = (SOLDES, OUVERTES, MOUVEMENTS)


class Comptoir(Struct, frozen=True):
    """One process's way of executing commands: its own connections, its own group commit."""

    handler: Handler[Event]
    group: GroupCommit
    trousseau: Trousseau


@asynccontextmanager
async def comptoir(acces: Acces, cle: Path, group: type[GroupCommit] = GroupCommit) -> AsyncIterator[Comptoir]:
    """`cle` is the master key's file, made at its first use."""
    if not cle.exists():
        CoffreFichier.creer(cle)
    async with (
        pool(acces.dsn(SERVICE, "ajout"), largest=8) as ajout,
        pool(acces.dsn(SERVICE, "cles"), largest=4) as cles,
        group(ajout) as appender,
    ):
        trousseau = Trousseau(cles, CoffreFichier(cle), SERVICE)
        yield Comptoir(Handler(Store(ajout, CODEC), appender, trousseau, personne), appender, trousseau)


async def remplir(acces: Acces, chance: Random, boites: int = 20, au_plus: int = 12) -> list[StoredRow]:
    """Random lives of `boites` money boxes, written in many small transactions; all facts, in the order of the store."""
    async with pool(acces.dsn(SERVICE, "ajout"), largest=4) as ajout, GroupCommit(ajout, largest=7) as group:

        async def vivre(stream: UUID) -> None:
            version = 0
            while version < au_plus:
                events = [_hasard(chance) for _ in range(chance.randint(1, 3))]
                assert await group.append(write(part(stream, version, *events)))
                version += len(events)

        await asyncio.gather(*(vivre(UUID(int=chance.getrandbits(128))) for _ in range(boites)))
    connection = await connect(acces.dsn(SERVICE, "suite"))
    rows = await follow(connection, START, 10**6)
    await connection.close()
    return rows


def _hasard(chance: Random) -> Event:
    match chance.randrange(5):
        case 0:
            return Vidage(chance.randrange(50))
        case 1:
            return Virement(3)
        case _:
            return Depot(chance.randrange(100), chance.choice(["", "pour Camille", "« œuf »"]))


def message(
    row: StoredRow, offset: int = 0, topic: str = TOPIC, partition: int = 0, epoque: str = "base/e1"
) -> ConsumerRecord[bytes, bytes]:
    """A stored fact as a consumer gets it."""
    headers = en_tetes(enveloppe(SERVICE, row, epoque))
    return ConsumerRecord(topic, partition, offset, 0, 0, None, row.data, None, 0, len(row.data), headers)


async def recevoir(projector: Projector, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
    """The projector is given what a consumer brought."""
    await projector.receive(readable(records, projector.lecteur), records)


async def vider(acces: Acces) -> None:
    """As the owner of the tables would: no application role can."""
    owner = await connect(acces.dsn(SERVICE, "proprietaire"))
    tables = [t.fullname for t in schema.faits.sorted_tables] + [f"vues.{v.name}" for v in VUES]
    await owner.execute(f"TRUNCATE {', '.join(tables)}")
    await owner.close()


async def installer(acces: Acces) -> None:
    """The store's tables, those of the keys, and the views."""
    cles = await connect(acces.dsn_cles(SERVICE))
    for statement in statements("cles_0001", SERVICE):
        await cles.execute(statement)
    await cles.close()
    owner = await connect(acces.dsn(SERVICE, "proprietaire"))
    for statement in [*statements("faits_0001", SERVICE), *statements("faits_0005", SERVICE)]:
        await owner.execute(statement)
    for view in VUES:
        await create(owner, SERVICE, view, "vues")
    await owner.close()


class Consommateur:
    """The side of a Kafka consumer that the projector steers: it notes where it was sent."""

    def __init__(self, fin: int) -> None:
        self.fin, self.position = fin, -1

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.fin)

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.position = 0

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.position = offset

    def highwater(self, partition: TopicPartition) -> int:
        return self.fin


PARTITION = TopicPartition(TOPIC, 0)
