"""Guessing is slowed down per account and per address; the owner at a known device never is.

Counting comes before comparing, so that a hundred guesses at once are a hundred guesses. Three
windows stand for the growing wait: a minute after a few, an hour after ten, a day after thirty.
"""

import asyncio
import hashlib
import ipaddress
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool

from eduflow.kernel.problems import TooMany
from eduflow.kernel.settings import Secret

ACCOUNT: Sequence[RateLimitItem] = (
    RateLimitItemPerMinute(5, namespace="account"),
    RateLimitItemPerHour(10, namespace="account"),
    RateLimitItemPerDay(30, namespace="account"),
)
"""Guesses at one account from all unknown devices of the world together."""
DEVICE: Sequence[RateLimitItem] = (
    RateLimitItemPerMinute(10, namespace="device"),
    RateLimitItemPerHour(60, namespace="device"),
)
"""Guesses at one account from one device that its owner has used. Nobody else can use them up."""
ADDRESS: Sequence[RateLimitItem] = (
    RateLimitItemPerMinute(200, namespace="address"),
    RateLimitItemPerHour(1000, namespace="address"),
)
"""Wrong passwords from one address. A school of two thousand sits behind one, and mistypes."""
FORGIVEN = RateLimitItemPerHour(30, namespace="forgiven")
"""How often a right password from a new device gives an account its guesses back."""
PATIENCE = 1.0
"""Seconds to wait for the store, in all."""
MOST_CONNECTIONS = 16
_IPV6_CUSTOMER = 64
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def throttle_store(
    broker_url: Secret, *, patience: float = PATIENCE
) -> AsyncIterator[Storage]:
    """The broker's Valkey or Redis, shared by every process that takes logins."""
    pool = BlockingConnectionPool.from_url(
        broker_url.value,
        max_connections=MOST_CONNECTIONS,
        timeout=patience / 2,
        socket_timeout=patience / 2,
        socket_connect_timeout=patience / 2,
    )
    store = RedisStorage(
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="eduflow:guess",
        connection_pool=pool,  # type: ignore[arg-type]  # documented by limits 5.8, not typed
    )
    try:
        yield store
    finally:
        await pool.aclose()


class GuessThrottle:
    """Counts logins before their password is looked at.

    While the store is down it counts in this process alone and says so once: guessing is then
    slowed per process, and nobody is refused for want of a store.
    """

    def __init__(
        self,
        store: Storage,
        *,
        on_outage: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        self._shared = MovingWindowRateLimiter(store)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._on_outage = on_outage
        self._patience = patience
        self._away = False

    async def before(self, account: str, *, address: str, device: UUID | None) -> None:
        """Count one try, whoever is behind it; raises TooMany with the time to wait.

        `account` is what was typed: an unknown e-mail is counted like a known one. `device` comes
        from `KnownDevices.recognise`.
        """
        wait = await self._ask(lambda limiter: _count(limiter, account, address, device))
        if wait:
            raise TooMany("Too many tries to log in; wait a little", retry_after=wait)

    async def wrong(self, *, address: str) -> None:
        """The password was wrong."""

        async def count(limiter: MovingWindowRateLimiter) -> int:
            for item in ADDRESS:
                await limiter.hit(item, _network(address))
            return 0

        await self._ask(count)

    async def right(self, account: str, *, device: UUID | None) -> None:
        """The password was right: the owner's own slips are forgotten."""

        async def forget(limiter: MovingWindowRateLimiter) -> int:
            if device is not None:
                for item in DEVICE:
                    await limiter.clear(item, _name(account), device.hex)
            elif await limiter.hit(FORGIVEN, _name(account)):
                for item in ACCOUNT:
                    await limiter.clear(item, _name(account))
            return 0

        await self._ask(forget)

    async def _ask(self, question: Callable[[MovingWindowRateLimiter], Awaitable[int]]) -> int:
        try:
            async with asyncio.timeout(self._patience):
                answer = await question(self._shared)
        except (StorageError, TimeoutError, OSError) as fault:
            if not self._away:
                _log.error("guesses are counted per process: no store", fault=repr(fault))
            self._away = True
            self._on_outage()
            return await question(self._own)
        if self._away:
            _log.info("guesses are counted in the store again")
        self._away = False
        return answer


async def _count(
    limiter: MovingWindowRateLimiter, account: str, address: str, device: UUID | None
) -> int:
    """Seconds to wait, 0 for go ahead."""
    if device is not None:
        return await _hit(limiter, DEVICE, _name(account), device.hex)
    for item in ADDRESS:
        if not await limiter.test(item, _network(address)):
            return await _wait(limiter, item, _network(address))
    return await _hit(limiter, ACCOUNT, _name(account))


async def _hit(limiter: MovingWindowRateLimiter, items: Sequence[RateLimitItem], *key: str) -> int:
    # The shortest window first: whoever presses the button again while waiting a minute does not
    # use up the hour.
    for item in items:
        if not await limiter.hit(item, *key):
            return await _wait(limiter, item, *key)
    return 0


async def _wait(limiter: MovingWindowRateLimiter, item: RateLimitItem, *key: str) -> int:
    free = await limiter.get_window_stats(item, *key)
    return max(1, math.ceil(free.reset_time - time.time()))


def _name(account: str) -> str:
    """No e-mail address lies in the store, and none can be as long as its sender likes."""
    return hashlib.sha256(account.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """An IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        # The web's own finder has made a network of it already.
        found = ipaddress.ip_address(address.partition("/")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_CUSTOMER), strict=False))
    return str(found)
