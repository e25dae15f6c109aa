"""Tells whoever watches an attempt what happens to it, soon after it has.

However many watch, one statement a turn asks for all the attempts of an institution: a class that
has handed in and waits for its essays must not become a thousand pollers.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.db.away import AWAY
from eduflow.kernel.problems import Problem
from eduflow.kernel.runtime import Runtime
from eduflow.services.assessment.under_appeal import ATTEMPT

log = structlog.get_logger()
_TURN = 0.4
"""Seconds between two looks."""
_MOST_UNREAD = 1_000
_NEW = (
    "SELECT e.attempt_id, e.seq, e.kind, e.question_id, e.payload, e.at, t.unjudged,"
    f" {ATTEMPT.format('t.id')} AS under_appeal"
    " FROM unnest($1::uuid[], $2::bigint[]) AS w(attempt_id, seq) JOIN attempt_events AS e"
    " ON e.attempt_id = w.attempt_id AND e.seq > w.seq JOIN attempts AS t ON t.id = e.attempt_id"
    " ORDER BY e.seq LIMIT 2000"
)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to an attempt."""

    attempt_id: UUID
    seq: int
    kind: str
    question_id: UUID | None
    payload: dict[str, Any]
    at: datetime
    unjudged: int | None
    under_appeal: bool
    """Whether an appeal about an answer of the attempt waits now, not when it happened."""


class _Watcher:
    def __init__(self, attempt: UUID, identity: Identity, *, after: int) -> None:
        self.attempt = attempt
        self.identity = identity
        self.after = after
        self.queue: asyncio.Queue[Happening] = asyncio.Queue(_MOST_UNREAD)


class Watch:
    """The watchers of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._watchers: set[_Watcher] = set()
        self._somebody = asyncio.Event()

    async def happenings(
        self, attempt: UUID, identity: Identity, *, after: int
    ) -> AsyncIterator[Happening | None]:
        """What happens from `after` on, until the caller stops or may no longer look.

        None now and then, where nothing happens: so that a connection that is gone is noticed.
        The caller has made sure that this person may see the attempt.
        """
        watcher = _Watcher(attempt, identity, after=after)
        self._watchers.add(watcher)
        self._somebody.set()
        try:
            while self._runtime.clock() < identity.expires:
                try:
                    async with asyncio.timeout(10):
                        yield await watcher.queue.get()
                except TimeoutError:
                    yield None
        finally:
            self._watchers.discard(watcher)

    async def run(self) -> None:
        """Look again and again, while somebody watches."""
        while True:
            await self._somebody.wait()
            try:
                await self._look()
            except (*AWAY, Problem) as fault:
                log.info("watch_waits", reason=type(fault).__name__)
            if not self._watchers:
                self._somebody.clear()
            await asyncio.sleep(_TURN)

    async def _look(self) -> None:
        by_institution: dict[UUID, list[_Watcher]] = {}
        for watcher in self._watchers:
            by_institution.setdefault(watcher.identity.institution, []).append(watcher)
        service = self._runtime.services["assessment"]
        for watchers in by_institution.values():
            after: dict[UUID, int] = {}
            for watcher in watchers:
                after[watcher.attempt] = min(
                    after.get(watcher.attempt, watcher.after), watcher.after
                )
            # One of them asks for all: each was found to be entitled to what it watches.
            replica = self._runtime.reads(
                service, access=Access(watchers[0].identity, ""), positions={}
            )
            found = await replica.rows(_NEW, list(after), list(after.values()), into=Happening)
            for happening in found:
                for watcher in watchers:
                    _hand(watcher, happening)


def _hand(watcher: _Watcher, happening: Happening) -> None:
    if watcher.attempt != happening.attempt_id or happening.seq <= watcher.after:
        return
    # Who does not read is left behind, and asks again from the last it has read.
    with contextlib.suppress(asyncio.QueueFull):
        watcher.queue.put_nowait(happening)
        watcher.after = happening.seq


@contextlib.asynccontextmanager
async def watching(runtime: Runtime) -> AsyncIterator[Watch]:
    """Watch until the block ends."""
    watch = Watch(runtime)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
