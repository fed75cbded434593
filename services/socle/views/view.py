"""A view is what one actor sees: a table, the events it reads, how an event changes it, and who may see its rows.

Two shapes are enough. A `Fiche` keeps one row per thing (mostly per stream) and folds events into it; a `Journal` adds
rows per event and never changes them. Both are derived: losing one loses nothing, and a new shape is a rebuild.

Rows hold personal data sealed; JSON columns hold plain JSON values (`msgspec.to_builtins`), so that a row reads the same
whether it was folded a moment ago or comes from the table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, get_args
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import MetaData, Table

from services.socle.base.recorded import Recorded

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]


class Keys(Protocol):
    """Opens sealed texts, and makes keys for other ends (keyring.Trousseau)."""

    async def ouvrir(self, obj: T) -> T: ...
    async def cle_derivee(self, nom: tuple[str, ...]) -> bytes: ...


Finish: TypeAlias = Callable[[Keys, Sequence[Row]], Awaitable[Sequence[Row]]]


def vues() -> MetaData:
    """The metadata of one view's table: where live views are. Each has its own: two services may name a view alike."""
    return MetaData(schema="vues")


def _stream(fait: Recorded[Any]) -> UUID:
    return fait.stream


class Fiche(Struct, frozen=True):
    """One row per `key(fait)`; every event of a key comes from one stream, so that its order is sure.

    `table`'s first primary-key column is the key, and it has `version` (of the last event folded) and `stream_id`.
    `fold(row, fait)` returns the new row without these three columns, or None to have no row.
    `visible` is the row-level security of role api, as SQL.
    """

    table: Table
    reads: Any
    fold: Callable[[Row | None, Recorded[Any]], Row | None]
    visible: str
    key: Callable[[Recorded[Any]], UUID] = _stream
    generation: int = 1
    """Raise it when the fold changes its mind: `maillage migrer` then rebuilds the view."""
    finish: Finish | None = None
    """For a row made of what is sealed: answers the rows to write for those folded, as many. What it opens it must not
    write."""
    keys: Keys | None = None
    """What `finish` opens with; only who writes the view is given them (`with_keys`)."""
    asked_as_owner: bool = False
    """The table's owner sees every row: for a question that runs with its rights and draws the boundary itself, because
    row-level security would keep it from an index whose operators are not leakproof."""
    ignores: Any = ()
    """The classes of `reads` that change nothing here: not decoded, and never folded."""

    @property
    def name(self) -> str:
        return self.table.name


class Journal(Struct, frozen=True):
    """Rows per event, keyed (stream_id, version, rang). `lines(fait)` gives them without these columns.

    `purge(fait)` answers the column values of the stream's earlier rows that must go (erasure), or None.
    """

    table: Table
    reads: Any
    lines: Callable[[Recorded[Any]], Sequence[Row]]
    visible: str
    purge: Callable[[Recorded[Any]], Mapping[str, Any] | None] = lambda _: None
    generation: int = 1
    ignores: Any = ()

    @property
    def name(self) -> str:
        return self.table.name


View: TypeAlias = Fiche | Journal


def with_keys(vues: Sequence[View], keys: Keys) -> list[View]:
    """The same views, those that read what is sealed being able to."""
    return [replace(v, keys=keys) if isinstance(v, Fiche) and v.finish else v for v in vues]


def classes(view: View) -> tuple[type, ...]:
    """The event classes that are folded into a view: `reads` is whole chapters, for the type checker; `ignores` is left out."""
    ignored = _members(view.ignores)
    return tuple(cls for cls in _members(view.reads) if cls not in ignored)


def _members(union: Any) -> tuple[type, ...]:
    """The classes of a union, of a single one, or of none (`()`)."""
    return get_args(union) or (union if isinstance(union, tuple) else (union,))


def ddl(view: View, service: str, schema: str = "vues") -> list[str]:
    """Row-level security and grants of a view's table (its columns come from the metadata)."""
    table = f"{schema}.{view.name}"
    owner = isinstance(view, Fiche) and view.asked_as_owner
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT ON {table} TO {service}_api",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {service}_suite",
        f"CREATE POLICY visible ON {table} FOR SELECT TO {service}_api USING ({view.visible})",
        f"CREATE POLICY suite ON {table} TO {service}_suite USING (true) WITH CHECK (true)",
        *([f"CREATE POLICY question ON {table} FOR SELECT TO {service}_proprietaire USING (true)"] if owner else []),
    ]
