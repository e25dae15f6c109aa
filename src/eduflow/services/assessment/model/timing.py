"""When one person may sit a test, and until when. The clock is the server's."""

from collections.abc import Sequence
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


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Another time for one person, or for a section of theirs."""

    personal: bool
    opens_at: datetime | None
    closes_at: datetime | None
    extra_minutes: int
    extra_attempts: int


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one person."""

    opens_at: datetime | None
    closes_at: datetime | None
    """After it nobody begins, and what was begun has to be handed in."""
    time_limit: timedelta | None
    attempts: int | None
    """None: any number."""


def terms_of(policy: Policy, overrides: Sequence[Override]) -> Terms:
    """One set for the person goes before one for a section; of several the most generous counts.

    Extra minutes lengthen the time limit, and move the time of closing by as much.
    """
    own = [o for o in overrides if o.personal] or list(overrides)
    extra = timedelta(minutes=max((o.extra_minutes for o in own), default=0))
    opens = [o.opens_at for o in own if o.opens_at is not None]
    closes = [o.closes_at for o in own if o.closes_at is not None]
    closes_at = max(closes) if closes else policy.closes_at
    more = max((o.extra_attempts for o in own), default=0)
    return Terms(
        opens_at=min(opens) if opens else policy.opens_at,
        closes_at=None if closes_at is None else closes_at + extra,
        time_limit=(
            None if policy.time_limit is None else timedelta(seconds=policy.time_limit) + extra
        ),
        attempts=None if policy.attempts is None else policy.attempts + more,
    )


def deadline_of(terms: Terms, *, started_at: datetime) -> datetime | None:
    """The limit from the start, or the closing, whichever comes first."""
    ends = [] if terms.time_limit is None else [started_at + terms.time_limit]
    if terms.closes_at is not None:
        ends.append(terms.closes_at)
    return min(ends, default=None)
