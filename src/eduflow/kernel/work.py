"""One try at one command: what it saw, what it wants written, and what is to be said of it."""

from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.db.away import AWAY, LOST
from eduflow.kernel.db.pools import Database
from eduflow.kernel.db.statements import (
    Write,
    gated,
    refuse_unless_allowed,
    who,
    who_arguments,
)
from eduflow.kernel.ids import new_id
from eduflow.kernel.outbox import Recordable
from eduflow.kernel.problems import Forbidden, Problem, Unavailable

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)


class Command(msgspec.Struct, Generic[R_co], frozen=True, kw_only=True):
    """An intention, by name; its handler returns the type it is parametrised with."""


class Enqueue(msgspec.Struct, frozen=True):
    """Work to be done after the command, written beside it."""

    kind: str
    arguments: dict[str, Any]
    max_attempts: int = 8
    unique_key: str | None = None


class Known(msgspec.Struct):
    """The kept answer to an earlier request with the same key."""

    command: str
    body_hash: str
    answer: msgspec.Raw
    xid: str


class AlreadyAnswered(Exception):  # noqa: N818 (control flow within this module)
    """The key of this command has an answer already; `UnitOfWork.known` may hold it."""


_KNOWN = (
    "(SELECT row_to_json(k) FROM (SELECT command, encode(body_hash, 'hex') AS body_hash,"
    " answer, xid::text AS xid FROM idempotency_keys WHERE principal = {principal}::uuid"
    " AND key = {key} AND (SELECT verdict = 2 FROM who)) AS k)::text"
)


class UnitOfWork:
    """One try at one command: looks, then collects what is to be written."""

    def __init__(
        self,
        database: Database,
        access: Access,
        *,
        now: datetime,
        key: str | None,
        request: UUID | None,
        resources: Any = None,
    ) -> None:
        self._database = database
        self.resources = resources
        """What the service keeps for itself while the process runs; None where it keeps nothing."""
        self.access = access
        self.now = now
        self.key = key
        self.request = request
        self._looked = False
        self.known: Known | None = None
        self.writes: list[Write] = []
        self.refusals: list[Problem | None] = []
        self.events: list[tuple[UUID, Recordable]] = []
        self.jobs: list[Enqueue] = []

    @property
    def identity(self) -> Identity:
        """Who intends this; commands without a person never ask."""
        if self.access.identity is None:
            raise Forbidden
        return self.access.identity

    async def look(self, sql: str, *arguments: Any, into: type[T]) -> list[T]:
        """Rows of the primary as they are now, for the decision."""
        first = len(arguments) + 1
        known = "NULL"
        if self.key is not None and not self._looked:
            known = _KNOWN.format(principal=f"${first + 1}", key=f"${first + 5}")
        statement = (
            f"{who(first)} SELECT (SELECT verdict FROM who) AS verdict, {known} AS known,"
            f" {gated(sql)} AS body"
        )
        keyed = [] if known == "NULL" else [self.key]
        record = await self._ask(statement, *arguments, *who_arguments(self.access), *keyed)
        refuse_unless_allowed(record["verdict"], self.access)
        if record["known"] is not None:
            self.known = msgspec.json.decode(record["known"], type=Known)
            raise AlreadyAnswered
        self._looked = True
        body = record["body"]
        return [] if body is None else msgspec.json.decode(body, type=list[into], strict=False)  # type: ignore[valid-type]

    async def _ask(self, statement: str, *arguments: Any) -> Any:
        try:
            return await self._database.primary.fetchrow(statement, *arguments)
        except LOST:  # The connection may have died while nobody used it; a look may be repeated.
            try:
                return await self._database.primary.fetchrow(statement, *arguments)
            except AWAY as fault:
                raise Unavailable("The database does not answer.", retry_after=1) from fault
        except AWAY as fault:
            raise Unavailable("The database does not answer.", retry_after=1) from fault

    async def look_one(self, sql: str, *arguments: Any, into: type[T]) -> T | None:
        """The one row, or None."""
        found = await self.look(sql, *arguments, into=into)
        return found[0] if found else None

    def write(
        self, sql: str, *arguments: Any, changes: int | None = 1, otherwise: Problem | None = None
    ) -> None:
        """Change rows; `{allowed}` in the SQL stands for the permission.

        Where another number of rows than `changes` is touched nothing at all is written, and
        `otherwise` is raised; None: the command decides again on the state there is now.
        """
        self.writes.append(Write(sql, arguments, changes))
        self.refusals.append(otherwise)

    def record(self, event: Recordable) -> None:
        """Say what happened; published with the rows, or not at all."""
        self.events.append((new_id(), event))

    def enqueue(self, job: Enqueue) -> None:
        """Have work done after this; it is written with the rows, or not at all."""
        self.jobs.append(job)
