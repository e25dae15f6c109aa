"""Numbers that are kept to four decimals: a finer one is refused, not kept as another number.

A JSON number is what a double holds of it (RFC 8259, section 6): digits beyond those are no part of
what was sent.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

_PLACES = 4
_MARK = "measured"
_TELLABLE = re.compile(r"[\w.-]{1,100}")
_TOLD = re.compile(r"At `(/[^`]*)`: (.*)", re.DOTALL)


def measured(what: str, *, most: float) -> msgspec.Meta:
    """From nought to `most`, in at most four decimals. `what` is what there are so many of."""
    schema = {"description": "In at most four decimals"}
    return msgspec.Meta(ge=0, le=most, extra={_MARK: what}, extra_json_schema=schema)


def refuse_finer(sent: msgspec.Struct) -> None:
    """Raise ValueError, for msgspec to say where, unless its measured numbers are as they may be.

    A structure within it has looked at its own.
    """
    for name, what in _measured(type(sent)):
        for place, number in _numbers(getattr(sent, name), f"/{name}"):
            kept = round(given := Decimal(repr(number)), _PLACES)
            if given != kept:
                message = f"{what} have at most four decimals: send {kept:f}"
                raise ValueError(f"At `{place}`: {message}")


def told_of(message: str) -> tuple[str, str]:
    """A pointer into the structure of which `message` is, and the message for a person."""
    found = _TOLD.fullmatch(message)
    return (found[1], found[2]) if found else ("", message)


@cache
def _measured(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    """Which members have measured numbers, and of what."""
    known = inspect.type_info(kind)
    assert isinstance(known, inspect.StructType)  # noqa: S101 (nothing else is asked about)
    named = ((field.name, _what(field.type)) for field in known.fields)
    return tuple((name, what) for name, what in named if what is not None)


def _what(kind: inspect.Type) -> str | None:
    match kind:
        case inspect.Metadata():
            return (kind.extra or {}).get(_MARK) or _what(kind.type)
        case inspect.ListType() | inspect.VarTupleType():
            return _what(kind.item_type)
        case inspect.DictType():
            return _what(kind.value_type)
        case inspect.UnionType():
            return next(filter(None, map(_what, kind.types)), None)
        case _:
            return None


def _numbers(value: Any, place: str) -> Iterator[tuple[str, float]]:
    match value:
        case float():
            yield place, value
        case list() | tuple():
            for n, one in enumerate(value):
                yield from _numbers(one, f"{place}/{n}")
        case dict():
            for key, one in value.items():
                told = bool(_TELLABLE.fullmatch(str(key)))
                for inner, number in _numbers(one, f"{place}/{key}"):
                    # What else a key is made of no message carries: point at the mapping.
                    yield inner if told else place, number
