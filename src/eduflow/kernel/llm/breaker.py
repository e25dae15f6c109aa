"""Leaves a model alone for a while that only fails, so that its users do not wait in vain.

Written here: of the libraries, those that know asyncio were last touched in 2021 to 2024, and none
takes the time to rest from what the other side said (`Retry-After`).
"""

from collections.abc import Callable

_FAILURES = 5
_REST = 30.0
_LONGEST = 600.0


class Breaker:
    """Closed until five failures in a row; then one try is let through after each rest."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._failures = 0
        self._until = 0.0
        self._trying = False

    @property
    def rest(self) -> float:
        """Seconds until a try may be made; 0 when one may be made now."""
        if self._trying:
            return max(1.0, self._until - self._now())
        return max(0.0, self._until - self._now())

    def begin(self) -> None:
        """A try is made. Of a model that rested, it is the only one until it has ended."""
        self._trying = self._failures >= _FAILURES

    def succeed(self) -> None:
        self._failures, self._until, self._trying = 0, 0.0, False

    def fail(self, *, rest: float | None) -> None:
        """It failed; `rest` opens at once, for so many seconds (600 at most)."""
        self._failures += 1
        self._trying = False
        if rest is not None:
            self._failures = max(self._failures, _FAILURES)
        if self._failures >= _FAILURES:
            self._until = self._now() + min(_REST if rest is None else rest, _LONGEST)

    def abandon(self) -> None:
        """The try ended without saying anything of the model."""
        self._trying = False
