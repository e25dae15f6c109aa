"""What is kept of people, by kind: how it is taken along, and what erasure does to it."""

from collections.abc import AsyncIterator, Callable, Iterator
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


def registered() -> tuple[list[Part], list[Excuse]]:
    """What the modules of `parts` hold, in the order of their names."""
    from eduflow.services.api_core.privacy import parts  # noqa: PLC0415 (they import this module)

    found = [thing for module in modules_of(parts) for thing in _told(vars(module).values())]
    return (
        [thing for thing in found if isinstance(thing, Part)],
        [thing for thing in found if isinstance(thing, Excuse)],
    )


def _told(things: Any) -> Iterator[Any]:
    for thing in things:
        if isinstance(thing, tuple | list):
            yield from _told(thing)
        else:
            yield thing
