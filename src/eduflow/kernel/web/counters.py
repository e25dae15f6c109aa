"""The store of the rate limits, counting for many requests with one message."""

import asyncio
from collections.abc import Sequence
from typing import Any

import redis.asyncio
from limits.aio.storage import RedisStorage
from limits.errors import StorageError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

STORE_SECONDS = 0.25
_CONNECTIONS = 4
_COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
    local amount = tonumber(ARGV[2 * place])
    counts[place] = redis.call('INCRBY', key, amount)
    if counts[place] == amount then redis.call('EXPIRE', key, ARGV[2 * place - 1]) end
end
return counts
"""


class Counters(RedisStorage):
    """`limits`' Redis storage, whose counting waits for company while a message is under way.

    A message costs a client in Python some 150 µs of CPU, however many keys are in it. So what
    arrives while one is on the wire goes together with the next: one request alone has the latency
    of one round trip, and a hundred at a time cost little more than one. Not for Redis Cluster.
    """

    def __init__(self, url: str) -> None:
        self._pool = redis.asyncio.ConnectionPool.from_url(
            # One try more, for a connection that the store has closed meanwhile.
            url,
            max_connections=_CONNECTIONS,
            retry=Retry(NoBackoff(), 1),
        )
        super().__init__(
            "async+redis://",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix="eduflow:rate",
            connection_pool=self._pool,  # type: ignore[arg-type]  # not in limits' annotation
        )
        client = redis.asyncio.Redis(connection_pool=self._pool)
        self._count: Any = client.register_script(_COUNT)
        self._waiting: list[tuple[str, int, int, asyncio.Future[int]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts, and answers the sum since the key was new; it lives `expiry` seconds."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((self.bridge.prefixed_key(key), expiry, amount, answer))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        count: int = await answer
        return count

    async def add(self, amounts: Sequence[tuple[str, int, int]]) -> list[int]:
        """The same for several keys, each with its expiry and amount, in one message of its own."""
        if not amounts:
            return []
        named = [(self.bridge.prefixed_key(key), expiry, n) for key, expiry, n in amounts]
        try:
            return await self._counted(named)
        except redis.RedisError as error:
            raise StorageError(error) from error

    async def aclose(self) -> None:
        if self._sender is not None:
            await self._sender
        await self._pool.disconnect()

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                counts = await self._counted([(k, expiry, n) for k, expiry, n, _ in batch])
            except (redis.RedisError, OSError, TimeoutError) as error:
                for *_, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for (*_, answer), count in zip(batch, counts, strict=True):
                    if not answer.done():
                        answer.set_result(count)
        self._sender = None

    async def _counted(self, amounts: Sequence[tuple[str, int, int]]) -> list[int]:
        async with asyncio.timeout(STORE_SECONDS):
            counts: list[int] = await self._count(
                keys=[key for key, *_ in amounts],
                args=[argument for _, *both in amounts for argument in both],
            )
        return counts
