"""What is kept of people, by kind: how it is taken along, and what erasure does to it.

Each service says it of its own tables, in the modules of its `privacy.parts`. What a person takes
along is told as records, one after the other, by whichever service has it: the same to a file of
this process and, a line each, to another one.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.rooms import modules_of

Row = dict[str, Any]
_AT_ONCE = 500


class Subject(msgspec.Struct, frozen=True):
    """Whose data is read, and how: on a replica, in their own name."""

    user: UserId
    session: Callable[[], ReadSession]

    async def rows(self, sql: str) -> AsyncIterator[Row]:
        """Every row, a page at a time.

        The SQL takes the person ($1), the last key seen or NULL ($2, text) and how many rows at
        most ($3); it orders by a column `key` of type text, which is not shown.
        """
        after: str | None = None
        while True:
            found = await self.session().rows(sql, self.user, after, _AT_ONCE, into=dict[str, Any])
            for row in found:
                after = row.pop("key")
                yield row
            if len(found) < _AT_ONCE:
                return


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Tables with a person in them."""

    tables: tuple[str, ...]
    erasure: str
    """What erasing the person does to them, and why anything stays. Stands in the report."""


class Part(Kept, frozen=True, kw_only=True):
    """One kind of thing in the archive."""

    name: str
    """Of its file."""
    title: str
    read: Callable[[Subject], AsyncIterator[Row]]


class Excuse(Kept, frozen=True, kw_only=True):
    """Not taken along."""

    why: str


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """All that one service keeps of people."""

    parts: tuple[Part, ...] = ()
    excuses: tuple[Excuse, ...] = ()

    @property
    def kinds(self) -> tuple[Kept, ...]:
        """Whether taken along or not."""
        return (*self.parts, *self.excuses)

    async def told(self, subject: Subject) -> AsyncIterator["Record"]:
        """Everything about one person: each part, its rows, then what is left out."""
        for part in self.parts:
            yield Record(part=part.name, title=part.title)
            async for row in part.read(subject):
                yield Record(row=row)
        for excuse in self.excuses:
            yield Record(left_out=excuse.tables, title=excuse.why)


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part begins, or a row of it, or what is left out and (`title`) why, or the end."""

    part: str | None = None
    title: str = ""
    row: Row | None = None
    left_out: tuple[str, ...] = ()
    end: bool = False


def personal_in(package: ModuleType) -> Personal:
    """What the modules of a package say, in the order of their names."""
    # Some are named alone and in the list of a module; each counts once.
    told = (thing for module in modules_of(package) for thing in _told(vars(module).values()))
    found = list(dict.fromkeys(told))
    return Personal(
        parts=tuple(thing for thing in found if isinstance(thing, Part)),
        excuses=tuple(thing for thing in found if isinstance(thing, Excuse)),
    )


def _told(things: Any) -> Iterator[Kept]:
    for thing in things:
        if isinstance(thing, tuple | list):
            yield from _told(thing)
        elif isinstance(thing, Kept):
            yield thing
