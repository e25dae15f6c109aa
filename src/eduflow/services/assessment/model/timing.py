"""When one person may sit a test, and until when. The clock is the server's."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How a test is delivered to everybody; seconds and shares as in delivery_policies."""

    opens_at: datetime | None
    closes_at: datetime | None
    time_limit: int | None
    grace: int
    attempts: int | None
    overdue: str
    behaviour: str
    attempt_counts: str
    late_penalty: Decimal
    reading: str
    release: str


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one person, as `delivery_for` in the database says it to all who ask.

    One override for the person goes before those for their sections, of which the most generous
    counts. Extra minutes lengthen the time limit, and move the time of closing by as much.
    """

    opens_at: datetime | None
    closes_at: datetime | None
    """After it nobody begins, and what was begun has to be handed in."""
    time_limit: int | None
    """Seconds."""
    attempts: int | None
    """None: any number."""


def deadline_of(terms: Terms, *, started_at: datetime) -> datetime | None:
    """The limit from the start, or the closing, whichever comes first."""
    ends = [] if terms.time_limit is None else [started_at + timedelta(seconds=terms.time_limit)]
    if terms.closes_at is not None:
        ends.append(terms.closes_at)
    return min(ends, default=None)
