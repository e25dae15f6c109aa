"""Changing some fields of a thing and leaving the others as they are."""

from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def revised(entry: T, wanted: msgspec.Struct) -> T:
    """The next version of `entry`: with every field that `wanted` names and has set.

    Where that changes nothing it is `entry` itself, and its version stays.
    """
    changes = {
        name: value
        for name in entry.__struct_fields__
        if (value := getattr(wanted, name, msgspec.UNSET)) is not msgspec.UNSET
        and value != getattr(entry, name)
    }
    if not changes:
        return entry
    version: int = entry.version  # type: ignore[attr-defined]
    return msgspec.structs.replace(entry, **changes, version=version + 1)
