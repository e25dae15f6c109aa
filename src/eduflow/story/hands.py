"""The hands that make a school: commands by its people, each at its moment; looks at the rows."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import as_system, on_behalf_of
from eduflow.kernel.commands import Command, Commands
from eduflow.kernel.db.pools import Database
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.story.calendar import Calendar, be_at

T = TypeVar("T")
AT_ONCE = 8
"""Commands under way at the same time; fewer than a pool has connections."""


class Made:
    """Counts what is made, and keeps it to so much at once; shared by all schools."""

    def __init__(self, counted: Callable[[int], None]) -> None:
        self.commands = 0
        self.places = asyncio.Semaphore(AT_ONCE)
        self._counted = counted

    def count(self) -> None:
        """One more command is done."""
        self.commands += 1
        self._counted(self.commands)


class MadeSchool(msgspec.Struct, frozen=True, kw_only=True):
    """A demo school that is there, as far as other services have to know it."""

    slug: str
    institution: InstitutionId
    calendar: Calendar
    people: dict[str, UserId]
    """By the names that the files give them."""
    courses: dict[str, UUID]
    """By code."""


class _Named(msgspec.Struct):
    id: UUID
    name: str


class Hands:
    """Of one school."""

    def __init__(
        self,
        commands: Commands,
        database: Database,
        *,
        made: Made,
        institution: InstitutionId,
        calendar: Calendar,
    ) -> None:
        self._commands = commands
        self._database = database
        self._made = made
        self.institution = institution
        self.calendar = calendar
        self.people: dict[str, UserId] = {}
        """By the names that the files give them."""

    async def do(
        self, command: Command[T], *, at: str | datetime, by: str | UserId | None = None
    ) -> T:
        """Have somebody carry it out at that moment; without a `by` it is the operator."""
        access = as_system(self.institution)
        if by is not None:
            user = self.people[by] if isinstance(by, str) else by
            access = on_behalf_of(user, self.institution)
        async with self._made.places:
            be_at(self.calendar.at(at) if isinstance(at, str) else at)
            receipt = await self._commands.execute(command, access=access)
        self._made.count()
        return receipt.result

    async def rows(self, sql: str, *arguments: Any, into: type[T]) -> list[T]:
        """Rows of the primary. The workers' role sees every school: say which one is meant.

        No session for reads serves here: it has the eyes of a person, and to nobody else's
        subscriptions and preferences.
        """
        whole = f"SELECT coalesce(json_agg(q), '[]')::text FROM ({sql}) AS q"
        async with self._made.places:
            body = await self._database.primary.fetchval(whole, *arguments)
        return msgspec.json.decode(body, type=list[into], strict=False)  # type: ignore[valid-type]

    async def named(self, sql: str, *arguments: Any) -> dict[str, UUID]:
        """Ids by names, where the columns are `id` and `name`."""
        return {row.name: row.id for row in await self.rows(sql, *arguments, into=_Named)}


async def side_by_side(*parts: Coroutine[Any, Any, None]) -> None:
    """Do what needs no order; the first that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)
