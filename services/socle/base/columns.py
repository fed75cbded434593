"""Columns that views have in common, and the plain form of what JSON columns hold."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, Integer, Uuid


def fiche(key: str) -> list[Column[Any]]:
    """A Fiche's key, the version of the last event folded into it, and its stream."""
    return [
        Column(key, Uuid, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("stream_id", Uuid, nullable=False),
    ]


def journal() -> list[Column[Any]]:
    """A Journal's key: the event, and the row's rank among those of the event."""
    return [
        Column("stream_id", Uuid, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("rang", Integer, primary_key=True),
    ]


def simple(value: object) -> Any:
    """A Struct as plain JSON values, the only form a JSON column holds."""
    return msgspec.to_builtins(value)
