"""What became of a chunk of rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from eduflow.services.api_core.sis.rows import Row


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


R = TypeVar("R", bound=Row)
N = TypeVar("N", bound=Named)


class Decision(msgspec.Struct, Generic[N]):
    """What a chunk comes to: what is to be made, and what is to be changed."""

    outcome: Imported
    new: list[N]
    changed: list[N]


def decide(
    rows: Sequence[R],
    now: dict[str, N],
    *,
    after: Callable[[R, N | None], N | str],
    rehearsed: dict[str, N],
) -> Decision[N]:
    """Decide row by row, each on what those before it leave.

    `after` says how a thing is to be once the row is taken, or why it cannot be. `now` moves on.
    """
    decision: Decision[N] = Decision(Imported(), [], [])
    for number, row in enumerate(rows):
        known = now.get(row.sis_id)
        if known is None and row.state == "deleted":
            decision.outcome.same += 1
            continue
        wanted = after(row, known)
        if isinstance(wanted, str):
            decision.outcome.refuse(number, wanted)
            continue
        decision.outcome.count(known=known is not None, same=wanted == known)
        if wanted != known:
            (decision.new if known is None else decision.changed).append(wanted)
            now[row.sis_id] = rehearsed[row.sis_id] = wanted
    return decision


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
