"""How often one caller may ask. Counted in the broker's store, so all processes count as one.

A window is fixed, and begins at another moment for every caller, so that they do not all come back
at once. One counting is one round trip, shared with whoever counts at the same time. When the store
does not answer, requests pass uncounted (`eduflow_http_limits_uncounted_total` tells how many),
without waiting: that a school can work is worth more than a limit. Who is known to be over it stays
refused from memory.
"""

import asyncio
import time
from collections.abc import Mapping
from zlib import crc32

import msgspec
import structlog
from limits.errors import StorageError

from eduflow.kernel.web.counters import STORE_SECONDS, Counters
from eduflow.kernel.web.metrics import UNCOUNTED

_PROBE_SECONDS = 1.0
_FAILURES_TO_TRIP = 3
_REMEMBERED = 10_000
_log = structlog.get_logger("eduflow.limits")


class Rule(msgspec.Struct, frozen=True):
    """At most `count` requests of one caller within `seconds`."""

    count: int
    seconds: int


RULES: Mapping[str, Rule] = {
    "read": Rule(1200, 60),
    "write": Rule(240, 60),
    "login": Rule(20, 60),
    "model": Rule(30, 60),
    "upload": Rule(60, 60),
    "export": Rule(10, 60),
}
"""By the name that a route gives as `rate=`. Without one a GET is a read, anything else a write."""


class Verdict(msgspec.Struct, frozen=True):
    """What one more request of this caller meant."""

    allowed: bool
    remaining: int
    reset: int
    """Seconds until the window ends."""


class Limiter:
    """One per process, shared by its apps. `aclose()` it at the end."""

    def __init__(self, store_url: str, *, rules: Mapping[str, Rule] = RULES) -> None:
        self.rules = rules
        self._storage = Counters(store_url)
        self._failures = 0
        self._probe: asyncio.Task[None] | None = None
        self._refused: dict[str, float] = {}

    async def hit(self, rule_name: str, caller: str) -> Verdict | None:
        """Counts one request; None where the store does not answer and nobody knows."""
        rule = self.rules[rule_name]
        now = time.time()
        window, age = divmod(now + crc32(caller.encode()) % rule.seconds, rule.seconds)
        reset = max(1, int(rule.seconds - age + 0.999))
        key = f"{rule_name}:{caller}:{window:.0f}"
        if key in self._refused:
            return Verdict(allowed=False, remaining=0, reset=reset)
        if self._probe is not None:
            UNCOUNTED.inc()
            return None
        try:
            count = await self._storage.incr(key, rule.seconds)
        except (StorageError, OSError, TimeoutError) as error:
            UNCOUNTED.inc()
            self._note_failure(error)
            return None
        self._failures = 0
        if count > rule.count:
            self._remember(key, now + reset, now)
        return Verdict(
            allowed=count <= rule.count, remaining=max(0, rule.count - count), reset=reset
        )

    @property
    def counting(self) -> bool:
        """Whether the store answered when it was last asked."""
        return self._probe is None

    async def aclose(self) -> None:
        """Ends the connections to the store."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
            self._probe = None
        await self._storage.aclose()

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        # A refused connection is certain; a single late answer may be our own loop being late.
        certain = not isinstance(error, TimeoutError)
        if self._probe is None and (certain or self._failures >= _FAILURES_TO_TRIP):
            _log.warning(
                "rate limits are not counted: their store does not answer", error=repr(error)
            )
            self._probe = asyncio.create_task(self._until_it_answers())

    async def _until_it_answers(self) -> None:
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            try:
                async with asyncio.timeout(STORE_SECONDS):
                    if await self._storage.check():
                        break
            except (StorageError, OSError, TimeoutError):
                continue
        _log.warning("rate limits are counted again")
        self._failures = 0
        self._probe = None

    def _remember(self, key: str, until: float, now: float) -> None:
        if len(self._refused) >= _REMEMBERED:
            self._refused = {k: end for k, end in self._refused.items() if end > now}
        if len(self._refused) < _REMEMBERED:
            self._refused[key] = until
