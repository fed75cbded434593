"""Which texts of a value are about a person: known from the types alone (`x-personnel` in the schema)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec import inspect as mi

Change: TypeAlias = Callable[[str], str]
Step: TypeAlias = Callable[[Any, Change], Any]
"""Takes a value and gives it back with each personal text changed."""


def changer(value: Any, change: Change) -> Any:
    """A copy of the Struct `value` whose non-empty personal texts went through `change`, in the order of the fields."""
    cls: Any = type(value)
    step = _of_class(cls)
    return value if step is None else step(value, change)


def textes(value: Struct) -> list[str]:
    """The non-empty personal texts of `value`, in the order `changer` meets them."""
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    changer(value, keep)
    return found


@cache
def _of_class(cls: type[Any]) -> Step | None:
    """Worked out once per class: introspecting costs a thousand times more than walking."""
    return _step(mi.type_info(cls), frozenset())


def _step(form: mi.Type, within: frozenset[type]) -> Step | None:
    """How to change a value of this form; None when nothing in it can be about a person."""
    match form:
        case mi.Metadata(extra_json_schema=schema, type=inner):
            return _text if (schema or {}).get("x-personnel") else _step(inner, within)
        case mi.StructType(cls=cls):
            return _struct(form, within | {cls}) if cls not in within else lambda value, change: changer(value, change)
        case mi.ListType(item_type=item) | mi.VarTupleType(item_type=item):
            return _sequence(_step(item, within))
        case mi.TupleType(item_types=items):
            return _row([_step(item, within) for item in items])
        case mi.DictType(value_type=item):
            return _mapping(_step(item, within))
        case mi.UnionType(types=members):
            return _union([(_python(member), _step(member, within)) for member in members])
        case _:
            return None


def _text(value: str, change: Change) -> str:
    return change(value) if value else value


def _struct(form: mi.StructType, within: frozenset[type]) -> Step | None:
    fields = [(field.name, step) for field in form.fields if (step := _step(field.type, within)) is not None]
    if not fields:
        return None
    return lambda value, change: msgspec.structs.replace(
        value, **{name: step(getattr(value, name), change) for name, step in fields}
    )


def _sequence(step: Step | None) -> Step | None:
    return step and (lambda value, change: type(value)(step(item, change) for item in value))


def _row(steps: list[Step | None]) -> Step | None:
    if not any(steps):
        return None
    return lambda value, change: tuple(
        step(item, change) if step else item for item, step in zip(value, steps, strict=True)
    )


def _mapping(step: Step | None) -> Step | None:
    return step and (lambda value, change: {key: step(item, change) for key, item in value.items()})


def _union(members: list[tuple[type, Step | None]]) -> Step | None:
    """msgspec only allows unions whose members a value's Python type tells apart."""
    if not any(step for _, step in members):
        return None

    def choose(value: Any, change: Change) -> Any:
        for kind, step in members:
            if isinstance(value, kind):
                return step(value, change) if step else value
        return value

    return choose


_KINDS: dict[type, type] = {
    mi.StrType: str,
    mi.ListType: list,
    mi.VarTupleType: tuple,
    mi.TupleType: tuple,
    mi.DictType: dict,
}


def _python(form: mi.Type) -> type:
    match form:
        case mi.Metadata(type=inner):
            return _python(inner)
        case mi.StructType(cls=cls):
            return cls
        case _:
            return _KINDS.get(type(form), _Other)


class _Other:
    """No value is one: members that hold no text need not be told apart."""
