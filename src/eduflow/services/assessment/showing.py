"""What a student sees of an attempt, and when."""

from collections.abc import Mapping
from datetime import datetime

Shows = frozenset[str]
"""Of answers, correctness, points, feedback, right_answer, solution."""


def phase_of(*, state: str, just_now: bool, closes_at: datetime | None, now: datetime) -> str:
    """Which phase of the review policy an attempt is in.

    `just_now`: this is the answer to handing it in. A test that never closes is open for ever, and
    `while_open` decides.
    """
    if state == "in_progress":
        return "during"
    if closes_at is not None and now >= closes_at:
        return "after_close"
    return "after_submit" if just_now else "while_open"


def shows_of(policies: Mapping[str, list[str]], phase: str) -> Shows:
    """What is shown in a phase; every test has a policy for each."""
    return frozenset(policies[phase])
