"""What became of a chunk of rows."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """One row that changed nothing. `row` counts within the chunk."""

    row: int
    reason: str


class Imported(msgspec.Struct):
    """How many rows made something new, changed something, found it so already, or were refused."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refusal] = []

    def refuse(self, row: int, reason: str) -> None:
        """Leave a row out, and say why."""
        self.refused.append(Refusal(row, reason))

    def count(self, *, known: bool, same: bool) -> None:
        """Count a row that was taken."""
        if not known:
            self.new += 1
        elif same:
            self.same += 1
        else:
            self.changed += 1


class Rehearsal(msgspec.Struct):
    """What would be there by now, in a run that writes nothing, by kind and name."""

    things: dict[str, dict[str, Any]] = {}

    def of(self, kind: str) -> dict[str, Any]:
        """What the run would have made or changed so far."""
        return self.things.setdefault(kind, {})


class Named(msgspec.Struct):
    """The beginning of everything an SIS can name."""

    id: UUID
    name_in_sis: str
    """Its SIS id, or its own id where it has none: so what was made by hand can be exported too."""


def uuids(names: Iterable[str]) -> list[UUID]:
    """Those names that could be ids of our own."""
    found = []
    for name in names:
        if len(name) == 36:  # noqa: PLR2004 (the only form we write)
            try:
                found.append(UUID(name))
            except ValueError:
                continue
    return found


def column(rows: Iterable[Any], field: str) -> list[Any]:
    """One field of all rows, as `unnest` takes it."""
    return [getattr(row, field) for row in rows]
