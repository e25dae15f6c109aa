"""Reads that arrive while others are under way go to the server together, in one message.

Each keeps its own statement, snapshot and identity; what they share is the message, the waking up
of two processes and the transaction around it, which is more than half of a small read's cost. A
caller who is alone never waits for company.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from eduflow.kernel.db.away import AWAY

_ABREAST = 2
"""Messages under way before others are put together. More would be smaller and cost more."""
_MOST = 16
"""Statements of one message: the first waits for the answer of the last."""
_PATIENCE = 0.005
"""Seconds after which somebody who waits is sent anyway: what is under way may be slow."""


class _Asked(NamedTuple):
    arguments: Sequence[Any]
    answer: "asyncio.Future[asyncpg.Record | None]"


class Together:
    """The way to one pool, for reads of one row.

    Only what asks the same statement for the same `group` goes together: the statements of a
    message share a transaction, so what one sets for itself, as its identity, the next finds until
    it sets its own. With the institution as the group, not even a statement that forgot to could
    see another's.
    """

    def __init__(self, pool: asyncpg.Pool, *, most: int) -> None:
        self._pool = pool
        self._most = most
        self._under_way = 0
        self._waiting: dict[tuple[str, object], deque[_Asked]] = {}
        self._impatience: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def fetchrow(self, sql: str, arguments: Sequence[Any], *, group: object) -> Any:
        """The row of one statement."""
        if self._under_way < _ABREAST and not self._waiting:
            self._under_way += 1
            try:
                return await self._pool.fetchrow(sql, *arguments)
            finally:
                self._under_way -= 1
                if self._waiting:
                    self._send(_ABREAST)
        loop = asyncio.get_running_loop()
        asked = _Asked(arguments, loop.create_future())
        waiting = self._waiting.get((sql, group))
        if waiting is None:
            self._waiting[sql, group] = deque((asked,))
        else:
            waiting.append(asked)
        if self._impatience is None:
            self._impatience = loop.call_later(_PATIENCE, self._lose_patience)
        return await asked.answer

    def _lose_patience(self) -> None:
        self._impatience = None
        if self._waiting:
            self._send(min(self._most, self._under_way + 1))
        if self._waiting:
            loop = asyncio.get_running_loop()
            self._impatience = loop.call_later(_PATIENCE, self._lose_patience)

    def _send(self, abreast: int) -> None:
        """Send those who have waited longest, while fewer than so many messages are under way."""
        while self._waiting and self._under_way < abreast:
            key = next(iter(self._waiting))
            waiting = self._waiting.pop(key)
            chosen = [waiting.popleft() for _ in range(min(_MOST, len(waiting)))]
            if waiting:
                self._waiting[key] = waiting
            chosen = [asked for asked in chosen if not asked.answer.done()]
            if chosen:
                self._under_way += 1
                task = asyncio.get_running_loop().create_task(self._ask(key[0], chosen))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _ask(self, sql: str, chosen: list[_Asked]) -> None:
        try:
            async with self._pool.acquire() as connection:
                rows = await connection.fetchmany(sql, [asked.arguments for asked in chosen])
            for asked, row in zip(chosen, rows, strict=True):
                if not asked.answer.done():
                    asked.answer.set_result(row)
        except AWAY as fault:
            _tell(chosen, fault)
        except asyncpg.PostgresError:
            # One that fails ends the message for all; each gets the answer that is its own.
            await asyncio.gather(*(self._ask_alone(sql, asked) for asked in chosen))
        finally:
            for asked in chosen:
                asked.answer.cancel()  # When this task is; else they have all been answered.
            self._under_way -= 1
            if self._waiting:
                self._send(_ABREAST)

    async def _ask_alone(self, sql: str, asked: _Asked) -> None:
        if asked.answer.done():
            return
        try:
            row = await self._pool.fetchrow(sql, *asked.arguments)
        except (*AWAY, asyncpg.PostgresError) as fault:
            _tell([asked], fault)
        else:
            if not asked.answer.done():
                asked.answer.set_result(row)


def _tell(those: Sequence[_Asked], fault: BaseException) -> None:
    for asked in those:
        if not asked.answer.done():
            asked.answer.set_exception(fault)
