"""What every message is: an immutable value that carries its own name, and says which of its data are about a person."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from msgspec import Meta, Struct

Personnel: TypeAlias = Annotated[str, Meta(extra_json_schema={"x-personnel": True})]
"""A datum about a person. Stored and sent encrypted, hence no length here (the command bounds the text, the event may hold
its longer ciphertext); reads as `socle.efface.EFFACE` once its key is destroyed. Empty means unknown."""

Code: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_\-]{0,63}$", extra_json_schema={"x-code": True})]
"""An entry of a code list (contracts/codes): stable, without accents; its label lives in the list."""


class Message(Struct, frozen=True, tag=True):
    """An event; `type` holds the class's name on the wire."""

    schema_version: ClassVar[int] = 1
    titre: ClassVar[str] = ""
    """The accented name people read: MénageOrienté."""
