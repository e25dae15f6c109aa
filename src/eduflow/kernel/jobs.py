"""Work that must happen: rows with a lease, an attempt count and a fencing number.

A worker holds a job while its lease runs and renews it; one that stops renewing loses it to
another. Should it come back, its number is old, and whatever it then wants to write is refused,
because finishing the job is one of the writes of the command that is its effect.
"""

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Conflict

log = structlog.get_logger()


class Fenced(Conflict):
    """The job was given to another worker meanwhile; nothing was written."""

    code, title = "kernel.fenced", "This job belongs to another worker now"


class Done(msgspec.Struct, frozen=True):
    """The work is finished."""


class Retry(msgspec.Struct, frozen=True):
    """Not now; try again after this long."""

    after: timedelta
    why: str


class GiveUp(msgspec.Struct, frozen=True):
    """It will never work; a person has to look."""

    why: str


Outcome = Done | Retry | GiveUp


class Held(msgspec.Struct, frozen=True):
    """A job in the hands of one worker."""

    id: UUID
    fence: int
    attempts: int
    arguments: Mapping[str, Any]
    institution: UUID | None

    def finish_in(self, work: UnitOfWork) -> None:
        """Make the job's end part of its effect: both are written, or, if it was lost, neither."""
        work.write(
            "UPDATE jobs SET state = 'done', finished_at = clock_timestamp(), lease_until = NULL"
            " WHERE id = $1 AND fence = $2 AND state = 'running' AND {allowed}",
            self.id,
            self.fence,
            otherwise=Fenced(),
        )


class JobKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work, with its limits."""

    name: str
    run: Callable[[Held, Any], Awaitable[Outcome]]
    """Called with the job and the worker's runtime."""
    lease: timedelta = timedelta(seconds=10)
    time_limit: timedelta = timedelta(minutes=5)
    every: timedelta | None = None
    """Periodic work: the scheduler makes one such job at each multiple of this."""
    max_attempts: int = 8
    at_once: int | None = None
    """How many of them one worker runs at a time; so that a slow kind leaves it hands for others.
    None: as many as it has hands."""


_CLAIM = (
    "UPDATE jobs SET state = 'running', fence = fence + 1, attempts = attempts + 1,"
    " lease_until = clock_timestamp() + ($2::float8[])[array_position($1::text[], kind)] *"
    " interval '1 second'"
    " WHERE id = (SELECT id FROM jobs WHERE kind = ANY($1::text[]) AND ("
    "(state = 'waiting' AND run_at <= clock_timestamp()) OR (state = 'running' AND"
    " lease_until < clock_timestamp()))"
    " ORDER BY run_at FOR UPDATE SKIP LOCKED LIMIT 1)"
    " RETURNING id, kind, fence, attempts, max_attempts, arguments::text AS arguments,"
    " institution_id"
)
_RENEW = (
    "UPDATE jobs SET lease_until = clock_timestamp() + $3::float8 * interval '1 second'"
    " WHERE id = $1 AND fence = $2 AND state = 'running'"
)
_CLOSE = (
    "UPDATE jobs SET state = $3, run_at = clock_timestamp() + $4::float8 * interval '1 second',"
    " lease_until = NULL, last_error = $5,"
    " finished_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE clock_timestamp() END"
    " WHERE id = $1 AND fence = $2 AND state = 'running'"
)
_REGISTER = (
    "INSERT INTO job_schedules (name, kind, every, next_at) VALUES ($1, $1, $2, clock_timestamp())"
    " ON CONFLICT (name) DO UPDATE SET every = excluded.every"
)
# The row lock decides between two schedulers; a missed time is made up for once, not many times.
_TICK = (
    "WITH due AS (UPDATE job_schedules SET last_at = next_at,"
    " next_at = next_at + every * (1 + floor(extract(epoch FROM clock_timestamp() - next_at)"
    " / extract(epoch FROM every)))::float8 WHERE next_at <= clock_timestamp()"
    " RETURNING kind, last_at)"
    " INSERT INTO jobs (id, kind, arguments, max_attempts, unique_key)"
    " SELECT $1::uuid, d.kind, '{}', 3, 'scheduled' FROM due AS d LIMIT 1"
    " ON CONFLICT (kind, unique_key) WHERE state IN ('waiting', 'running') DO NOTHING"
)
_NEVER_CAME_BACK = "no worker that took it came back"
_DUE = "SELECT kind FROM job_schedules WHERE next_at <= clock_timestamp()"
_TICK_ONE = _TICK.replace("WHERE next_at <=", "WHERE kind = $2 AND next_at <=")


class JobRunner:
    """Claims jobs of one database and runs them, a bounded number at a time."""

    def __init__(
        self, pool: asyncpg.Pool, kinds: Mapping[str, JobKind], *, context: Any, at_once: int = 8
    ) -> None:
        self._pool = pool
        self._kinds = kinds
        self._context = context
        self._slots = asyncio.Semaphore(at_once)
        self._running: set[asyncio.Task[None]] = set()
        self._in_hand: Counter[str] = Counter()

    async def register(self) -> None:
        """Make the periodic kinds known to the scheduler."""
        for kind in self._kinds.values():
            if kind.every is not None:
                await self._pool.execute(_REGISTER, kind.name, kind.every)

    async def tick(self) -> None:
        """Make a job of every periodic kind whose time has come; any number of schedulers may."""
        for row in await self._pool.fetch(_DUE):
            if row["kind"] in self._kinds:
                await self._pool.execute(_TICK_ONE, new_id(), row["kind"])

    async def drain(self) -> None:
        """Start every job that is due, as far as there are hands."""
        while not self._slots.locked():
            names = [name for name, kind in self._kinds.items() if self._has_hands_for(kind)]
            if not names:
                return
            leases = [self._kinds[n].lease.total_seconds() for n in names]
            await self._slots.acquire()
            try:
                row = await self._pool.fetchrow(_CLAIM, names, leases)
            except BaseException:
                self._slots.release()
                raise
            if row is None:
                self._slots.release()
                return
            task = asyncio.create_task(self._hold(row))
            self._running.add(task)
            self._in_hand[row["kind"]] += 1
            task.add_done_callback(functools.partial(self._finished, row["kind"]))

    def _has_hands_for(self, kind: JobKind) -> bool:
        return kind.at_once is None or self._in_hand[kind.name] < kind.at_once

    def _finished(self, kind: str, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._in_hand[kind] -= 1
        self._slots.release()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("job_bookkeeping_failed", reason=repr(fault))

    async def stop(self, *, within: float) -> None:
        """Let running jobs end; those that do not are left to their leases."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within)
            for task in late:
                task.cancel()

    async def _hold(self, row: asyncpg.Record) -> None:
        kind = self._kinds[row["kind"]]
        held = Held(
            row["id"],
            row["fence"],
            row["attempts"],
            msgspec.json.decode(row["arguments"]),
            row["institution_id"],
        )
        if held.attempts > row["max_attempts"]:
            # Whoever ran it was not heard of again, so often that it may be the job that kills.
            log.error("job_given_up", kind=kind.name, job=str(held.id), reason=_NEVER_CAME_BACK)
            await self._pool.execute(_CLOSE, held.id, held.fence, "dead", 0.0, _NEVER_CAME_BACK)
            return
        renewing = asyncio.create_task(self._renew(held, kind.lease.total_seconds()))
        try:
            outcome = await self._outcome(kind, held)
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
        state, pause = "done", 0.0
        why: str | None = None
        match outcome:
            case Retry() if held.attempts < row["max_attempts"]:
                state, pause, why = "waiting", outcome.after.total_seconds(), outcome.why
            case Retry() | GiveUp():
                state, why = "dead", outcome.why
                log.error("job_given_up", kind=kind.name, job=str(held.id), reason=why)
            case Done():
                pass
        await self._pool.execute(_CLOSE, held.id, held.fence, state, pause, why)

    async def _outcome(self, kind: JobKind, held: Held) -> Outcome:
        try:
            async with asyncio.timeout(kind.time_limit.total_seconds()):
                return await kind.run(held, self._context)
        except Fenced:
            return Done()
        except TimeoutError:
            return Retry(_backoff(held.attempts), f"longer than {kind.time_limit}")
        except Exception as fault:
            log.warning("job_failed", kind=kind.name, job=str(held.id), exc_info=True)
            return Retry(_backoff(held.attempts), f"{type(fault).__name__}: {fault}")

    async def _renew(self, held: Held, lease: float) -> None:
        while True:
            await asyncio.sleep(lease / 3)
            with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._pool.execute(_RENEW, held.id, held.fence, lease)


def _backoff(attempts: int) -> timedelta:
    return timedelta(seconds=min(600, 2**attempts))
