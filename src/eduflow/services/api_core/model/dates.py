"""When an assignment opens, is due and closes: for everybody, and for one person."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec


class Dates(msgspec.Struct, frozen=True):
    """Null: no such date."""

    unlock_at: datetime | None = None
    due_at: datetime | None = None
    lock_at: datetime | None = None


class Override(msgspec.Struct, frozen=True):
    """Other dates, for the person or for a section of theirs. Null: as for everybody."""

    personal: bool
    unlock_at: datetime | None = None
    due_at: datetime | None = None
    lock_at: datetime | None = None
    extra_minutes: int = 0


def dates_of_person(everybody: Dates, overrides: Sequence[Override]) -> Dates:
    """The dates of one person, each by itself.

    One set for the person goes before one set for their section; of several sections the most
    generous counts. Extra minutes come on top of the date for handing in and the date of closing,
    and whoever has more time is not locked out before it is over.
    """
    ordered = sorted(overrides, key=lambda o: not o.personal)
    own = [o for o in ordered if o.personal]
    extra = timedelta(minutes=max((o.extra_minutes for o in own or ordered), default=0))
    unlock_at = _first(ordered, lambda o: o.unlock_at, best=min) or everybody.unlock_at
    due_at = _first(ordered, lambda o: o.due_at, best=max) or everybody.due_at
    lock_at = _first(ordered, lambda o: o.lock_at, best=max) or everybody.lock_at
    due_at = due_at + extra if due_at else None
    lock_at = lock_at + extra if lock_at else None
    if due_at and lock_at:
        lock_at = max(due_at, lock_at)
    return Dates(unlock_at, due_at, lock_at)


def _first(
    overrides: Sequence[Override],
    date: Callable[[Override], datetime | None],
    *,
    best: Callable[[list[datetime]], datetime],
) -> datetime | None:
    for personal in (True, False):
        found = [d for o in overrides if o.personal is personal and (d := date(o)) is not None]
        if found:
            return best(found)
    return None
