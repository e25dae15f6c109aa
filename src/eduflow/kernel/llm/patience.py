"""How often, and how long, one model is asked before the next one is."""

from collections.abc import Awaitable, Callable

import tenacity

from eduflow.kernel.llm.errors import LLMError

TRIES = 3
LONGEST_WAIT = 20.0
"""Seconds. A vendor that wants a longer pause is left, and its model rests for so long."""
_jitter = tenacity.wait_random_exponential(multiplier=0.5, max=10.0)

Sleep = Callable[[float], Awaitable[None]]


class _TooLate(tenacity.stop.stop_base):
    """There is no time to wait so long."""

    def __init__(self, left: Callable[[], float]) -> None:
        self._left = left

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        return retry_state.upcoming_sleep >= self._left()


def patiently(sleep: Sleep, left: Callable[[], float]) -> tenacity.AsyncRetrying:
    """Tries again what may pass, while `left` seconds are enough to wait and ask once more."""

    def wait(state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        said = fault.retry_after if isinstance(fault, LLMError) else None
        return max(_jitter(state), said or 0.0)

    def may_pass(fault: BaseException) -> bool:
        return (
            isinstance(fault, LLMError)
            and fault.may_pass
            and (fault.retry_after or 0.0) <= LONGEST_WAIT
        )

    return tenacity.AsyncRetrying(
        sleep=sleep,
        wait=wait,
        stop=tenacity.stop_after_attempt(TRIES) | _TooLate(left),
        retry=tenacity.retry_if_exception(may_pass),
        reraise=True,
    )
