"""How often one caller may ask. Counted in the broker's store, so all processes count as one.

A window is fixed, and begins at another moment for every caller, so that they do not all come back
at once. Who has not used up half of a large limit is counted by this process, which tells the store
a moment later, for all such callers in one message; in the other half, and under a small limit, the
store is asked each time, in a round trip shared with whoever counts at that time. So processes side
by side let at most those pass too many who come between two tellings. When the store does not
answer, requests pass uncounted (`eduflow_http_limits_uncounted_total` tells how many), without
waiting: that a school can work is worth more than a limit. Who is known to be over it stays refused
from memory.
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
_TELL_SECONDS = 0.1
_LARGE = 200
"""Limits below this are counted by the store alone."""
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


class _Window(msgspec.Struct):
    """What is known here of one caller's window."""

    seconds: int
    ends: float
    heard: int = 0
    """The store's count when it was last asked."""
    own: int = 0
    """Counted here, and not told yet."""


class Limiter:
    """One per process, shared by its apps. `aclose()` it at the end."""

    def __init__(self, store_url: str, *, rules: Mapping[str, Rule] = RULES) -> None:
        self.rules = rules
        self._storage = Counters(store_url)
        self._failures = 0
        self._probe: asyncio.Task[None] | None = None
        self._refused: dict[str, float] = {}
        self._windows: dict[str, _Window] = {}
        self._untold: dict[str, _Window] = {}
        self._teller: asyncio.Task[None] | None = None

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
        known = self._windows.get(key)
        if known is not None and 2 * (known.heard + known.own) < rule.count:
            known.own += 1
            self._untold[key] = known
            if self._teller is None:
                self._teller = asyncio.create_task(self._tell())
            return Verdict(True, rule.count - known.heard - known.own, reset)
        amount = 1
        if known is not None:
            amount, known.own = known.own + 1, 0
        try:
            count = await self._storage.incr(key, rule.seconds, amount)
        except (StorageError, OSError, TimeoutError) as error:
            UNCOUNTED.inc(amount)
            self._note_failure(error)
            return None
        self._failures = 0
        if known is not None:
            known.heard = max(known.heard, count)
        elif rule.count >= _LARGE and len(self._windows) < _REMEMBERED:
            self._windows[key] = _Window(rule.seconds, now + reset, count)
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
        if self._teller is not None:
            await self._teller
        await self._storage.aclose()

    async def _tell(self) -> None:
        """Tell the store what was counted here, until there is nothing to tell."""
        try:
            while self._untold:
                await asyncio.sleep(_TELL_SECONDS)
                now = time.time()
                self._windows = {k: w for k, w in self._windows.items() if w.ends > now}
                told = [(key, w, w.own) for key, w in self._untold.items() if w.own]
                self._untold = {}
                for _, window, amount in told:
                    window.own -= amount
                    window.heard += amount
                try:
                    counts = await self._storage.add([(k, w.seconds, n) for k, w, n in told])
                except (StorageError, OSError, TimeoutError) as error:
                    UNCOUNTED.inc(sum(amount for *_, amount in told))
                    self._note_failure(error)
                    continue
                for (_, window, _), count in zip(told, counts, strict=True):
                    window.heard = max(window.heard, count)
        finally:
            self._teller = None

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
