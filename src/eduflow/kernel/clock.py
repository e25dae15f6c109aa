"""The time of day, in one place, so that a test can set it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
