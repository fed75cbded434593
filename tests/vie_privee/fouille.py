"""Looking for a text everywhere a deployment may have put it: files, tables, topics, answers. As bytes, in no special form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from aiokafka import AIOKafkaConsumer

_BLOC = 8 * 1024 * 1024


def fichiers(racine: Path, cherches: Iterable[str]) -> dict[str, set[str]]:
    """Path of each file below `racine` → which of the texts it contains."""
    aiguilles = {text: text.encode() for text in cherches}
    found: dict[str, set[str]] = {}
    for path in sorted(p for p in racine.rglob("*") if p.is_file() and not p.is_symlink()):
        vus = _dans(path, aiguilles)
        if vus:
            found[str(path.relative_to(racine))] = vus
    return found


def _dans(path: Path, aiguilles: Mapping[str, bytes]) -> set[str]:
    recouvrement = max(map(len, aiguilles.values()))
    vus: set[str] = set()
    try:
        with path.open("rb") as file:
            reste = b""
            while bloc := file.read(_BLOC):
                texte = reste + bloc
                vus |= {text for text, octets in aiguilles.items() if octets in texte}
                reste = texte[-recouvrement:]
    except FileNotFoundError:  # a temporary file, gone since it was listed
        return set()
    return vus


async def tables(dsn_admin: str, cherches: Iterable[str]) -> dict[str, set[str]]:
    """Base and table → which of the texts any of its rows contains; binary columns are searched as they are."""
    aiguilles = {text: text.encode() for text in cherches}
    found: dict[str, set[str]] = {}
    for base, table, octets in [ligne async for ligne in _lignes(dsn_admin)]:
        vus = {text for text, aiguille in aiguilles.items() if aiguille in octets}
        if vus:
            found.setdefault(f"{base}: {table}", set()).update(vus)
    return found


async def _lignes(dsn_admin: str) -> Any:
    admin = await asyncpg.connect(dsn_admin)
    bases = [row[0] for row in await admin.fetch("SELECT datname FROM pg_database WHERE datallowconn")]
    await admin.close()
    for base in bases:
        connection = await asyncpg.connect(urlsplit(dsn_admin)._replace(path=f"/{base}").geturl())
        try:
            noms = await connection.fetch(
                """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"""
            )
            for schema, table in noms:
                for row in await connection.fetch(f'SELECT * FROM "{schema}"."{table}"'):
                    yield base, f"{schema}.{table}", b"\n".join(_octets(value) for value in row.values())
        finally:
            await connection.close()


def _octets(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


async def sujets(bootstrap: str, cherches: Iterable[str]) -> dict[str, set[str]]:
    """Topic → which of the texts any of its records contains: key, value, headers, whatever the batch's compression."""
    aiguilles = {text: text.encode() for text in cherches}
    found: dict[str, set[str]] = {}
    async for topic, octets in _messages(bootstrap):
        vus = {text for text, aiguille in aiguilles.items() if aiguille in octets}
        if vus:
            found.setdefault(topic, set()).update(vus)
    return found


async def _messages(bootstrap: str) -> Any:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        topics = [topic for topic in await consumer.topics() if not topic.startswith("__")]
        consumer.subscribe(topics)
        silences = 0
        while silences < 3:
            batches = await consumer.getmany(timeout_ms=500)
            silences = 0 if batches else silences + 1
            for records in batches.values():
                for record in records:
                    yield record.topic, b"\n".join(_parts(record))
    finally:
        await consumer.stop()


def _parts(record: Any) -> Iterator[bytes]:
    yield from (record.key or b"", record.value or b"")
    for nom, valeur in record.headers:
        yield from (nom.encode(), valeur)
