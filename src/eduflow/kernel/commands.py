"""Commands: an intention, carried out once, or refused with nothing changed.

A handler looks, decides and says what to write; `Commands.execute` then makes all of it in one
statement, which is its own transaction. No transaction is open while Python thinks, and no lock
outlives a round trip. What was decided on a state that has meanwhile changed is not written: the
guards of the statement refuse it and the handler decides again (docs/decisions/0003).
"""

import asyncio
import hashlib
import random
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from eduflow.kernel.audit.keys import AuditKeys
from eduflow.kernel.audit.trail import audited
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.clock import Clock
from eduflow.kernel.db.away import AWAY, TURNED_AWAY
from eduflow.kernel.db.pools import Database
from eduflow.kernel.db.statements import Write, arguments_of, composed, who, who_arguments
from eduflow.kernel.ids import new_id
from eduflow.kernel.outbox import appended
from eduflow.kernel.positions import Position
from eduflow.kernel.problems import Conflict, Forbidden, Invalid, NotFound, Problem, Unavailable
from eduflow.kernel.work import AlreadyAnswered, Command, Enqueue, UnitOfWork

log = structlog.get_logger()
T = TypeVar("T")

_TRIES = 8
_PAUSE = 0.004
"""Seconds, at most, before the second try; twice as long before each further one."""
_OPAQUE = 255


class Busy(Conflict):
    """Others changed the same thing again and again while this was being decided."""

    code, title = "kernel.busy", "Others are changing this at the same moment; try again"


class KeyReused(Invalid):
    """An Idempotency-Key stands for one request; another one came with it."""

    code, title = "kernel.idempotency-key-reused", "This Idempotency-Key belongs to another request"


class InDoubt(Unavailable):
    """The connection was lost at the moment of writing, and the database does not answer."""

    code, title = "kernel.in-doubt", "It is not known whether this was done"


class StaleLook(Exception):  # noqa: N818 (a signal to decide again, which no caller sees)
    """What the handler saw is no longer so."""


class Receipt(msgspec.Struct, Generic[T], frozen=True):
    """What was done, and from where on it can be seen."""

    result: T
    position: Position
    repeated: bool = False
    """Whether this is the answer of an earlier, equal request."""


class Handler(Protocol):
    """Decides one command."""

    def __call__(self, command: Any, work: UnitOfWork, /) -> Awaitable[Any]: ...


_ENQUEUE = (
    "INSERT INTO jobs (id, kind, arguments, max_attempts, unique_key, institution_id)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]::jsonb[], $4::int[],"
    " $5::text[], $6::uuid[])"
    " WHERE {allowed} ON CONFLICT (kind, unique_key) WHERE state IN ('waiting', 'running') DO"
    " NOTHING"
)
_REMEMBER = (
    "INSERT INTO idempotency_keys (principal, key, command, body_hash, answer)"
    " SELECT $1::uuid, $2::text, $3::text, $4::bytea, $5::text::jsonb WHERE {allowed}"
)


class Commands:
    """Carries out the commands of one service."""

    def __init__(
        self,
        database: Database,
        *,
        handlers: Mapping[type[Command[Any]], Handler],
        refusals: Mapping[str, Callable[[], Problem]],
        clock: Clock,
        ring: Callable[[], None],
        audit: AuditKeys,
        resources: Callable[[], Any] = lambda: None,
    ) -> None:
        self._database = database
        self._resources = resources
        self._handlers = handlers
        self._refusals = refusals
        self._clock = clock
        self._ring = ring
        self._audit = audit
        self._returns = {
            kind: typing.get_type_hints(handler).get("return", Any)
            for kind, handler in handlers.items()
        }

    async def execute(
        self,
        command: Command[T],
        *,
        access: Access,
        key: str | None = None,
        request: UUID | None = None,
    ) -> Receipt[T]:
        """Carry it out once. With a key, any number of equal calls is one, with one answer.

        Raises the Problem that stands against it; then nothing has changed.
        """
        if key is not None and not 0 < len(key) <= _OPAQUE:
            raise Invalid(f"An Idempotency-Key has 1 to {_OPAQUE} characters.")
        if access.identity is None:
            key = None  # A key belongs to a person; before the login there is none.
        for attempt in range(_TRIES):
            work = self._work(access, key=key, request=request)
            try:
                return await self._once(command, work)
            except AlreadyAnswered:
                return await self._repeated(command, work)
            except (Problem, asyncpg.UniqueViolationError) as refusal:
                if getattr(refusal, "ahead", False) and attempt < _TRIES // 2:
                    await asyncio.sleep(_PAUSE * 2**attempt)  # A standby may show it before us.
                    continue
                # Of equal requests at once, the first may be what stands against the others.
                if not await self._answered_meanwhile(work):
                    raise
                return await self._repeated(command, work)
            except (StaleLook, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                # Whoever meets others here would meet them again without a pause of its own length.
                await asyncio.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311
            except AWAY as fault:
                raise Unavailable("The database does not answer; nothing was changed.") from fault
        raise Busy

    def _work(self, access: Access, *, key: str | None, request: UUID | None) -> UnitOfWork:
        return UnitOfWork(
            self._database,
            access,
            now=self._clock(),
            key=key,
            request=request,
            resources=self._resources(),
        )

    async def _once(self, command: Command[T], work: UnitOfWork) -> Receipt[T]:
        kind = type(command)
        result = await self._handlers[kind](command, work)
        tail = [
            appended(work.events, access=work.access, request=work.request, at=work.now),
            audited(self._audit, work, command=kind.__name__),
        ]
        if work.jobs:
            institution = work.access.identity.institution if work.access.identity else None
            tail.append(_enqueued(work.jobs, institution))
        if work.key is not None:
            answer = msgspec.json.encode(result).decode()
            arguments = (work.identity.user, work.key, kind.__name__, _digest(command), answer)
            tail.append(Write(_REMEMBER, arguments, None))
        sql = composed(
            tuple((w.sql, len(w.arguments)) for w in work.writes),
            tail=tuple((w.sql, len(w.arguments)) for w in tail),
        )
        arguments_ = [
            *who_arguments(work.access),
            [w.changes for w in work.writes],
            *arguments_of(work.writes),
            *arguments_of(tail),
        ]
        record = await self._send(sql, arguments_, work)
        self._ring()
        return Receipt(result, self._position(record["xid"], record["timeline"]))

    async def _send(self, sql: str, arguments: list[Any], work: UnitOfWork) -> asyncpg.Record:
        """Send the statement; where the answer is lost, send it again.

        All ids are made before it is sent, so the second sending either does what the first did
        not, or is refused because of what it did: both tell the truth.
        """
        try:
            return await self._sent(sql, arguments, work)
        except TURNED_AWAY:
            raise
        except AWAY as fault:
            log.warning("write_in_doubt", reason=type(fault).__name__)
            try:
                return await self._sent(sql, arguments, work)
            except AWAY as again:
                raise InDoubt("Send it again with the same Idempotency-Key.") from again
            except (Problem, StaleLook, asyncpg.UniqueViolationError):
                # What stands against the second sending may be the first: a version that it has
                # moved on, a name that it has taken.
                if work.events and (done := await self._already_done(work)) is not None:
                    return done
                raise

    async def _sent(self, sql: str, arguments: list[Any], work: UnitOfWork) -> asyncpg.Record:
        try:
            return await self._database.primary.fetchrow(sql, *arguments)
        except asyncpg.UniqueViolationError as fault:
            if fault.constraint_name == "idempotency_keys_once":
                raise AlreadyAnswered from fault
            if fault.constraint_name in self._refusals:
                raise self._refusals[fault.constraint_name]() from fault  # noqa: RSE102 (it may be any callable)
            raise
        except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError) as fault:
            if fault.constraint_name in self._refusals:
                raise self._refusals[fault.constraint_name]() from fault  # noqa: RSE102 (it may be any callable)
            raise
        except asyncpg.PostgresError as fault:
            raise _understood(fault, fault.sqlstate, work) from fault

    async def _already_done(self, work: UnitOfWork) -> asyncpg.Record | None:
        return await self._database.primary.fetchrow(
            f"{who(1)} SELECT xid::text AS xid,"
            " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS timeline"
            " FROM outbox_events WHERE id = $6 AND (SELECT verdict = 2 FROM who)",
            *who_arguments(work.access),
            work.events[0][0],
        )

    async def _answered_meanwhile(self, work: UnitOfWork) -> bool:
        if work.known is None and work.key is not None:
            again = self._work(work.access, key=work.key, request=work.request)
            try:
                await again.look("SELECT 1 AS one WHERE false", into=dict)
            except AlreadyAnswered:
                work.known = again.known
            except Problem:
                return False
        return work.known is not None

    async def _repeated(self, command: Command[T], work: UnitOfWork) -> Receipt[T]:
        known = work.known if await self._answered_meanwhile(work) else None
        if known is None:
            raise Busy
        if known.command != type(command).__name__ or known.body_hash != _digest(command).hex():
            raise KeyReused("Use a new key for a new request.")
        result = msgspec.json.decode(known.answer, type=self._returns[type(command)])
        return Receipt(result, self._position(known.xid, ""), repeated=True)

    def _position(self, xid: str, timeline: str) -> Position:
        return Position(self._database.name, self._database.cluster_on(timeline), xids=(int(xid),))


def _digest(command: Command[Any]) -> bytes:
    return hashlib.sha256(
        type(command).__name__.encode() + b"\0" + msgspec.json.encode(command)
    ).digest()


def _enqueued(jobs: list[Enqueue], institution: UUID | None) -> Write:
    arguments = (
        [new_id() for _ in jobs],
        [j.kind for j in jobs],
        [msgspec.json.encode(j.arguments).decode() for j in jobs],
        [j.max_attempts for j in jobs],
        [j.unique_key for j in jobs],
        [institution for _ in jobs],
    )
    return Write(_ENQUEUE, arguments, None)


def _refusal(named: Problem | None) -> Exception:
    return StaleLook() if named is None else named


def _understood(fault: Exception, sqlstate: str, work: UnitOfWork) -> Exception:
    match sqlstate:
        case "EF404":
            return NotFound(kind=work.access.kind)
        case "EF403":
            return Forbidden(permission=work.access.permission)
        case "EF409":
            return _refusal(work.refusals[int(str(fault))])
        case _:
            return fault


__all__ = ["Busy", "Command", "Commands", "Enqueue", "Receipt", "StaleLook", "UnitOfWork"]
