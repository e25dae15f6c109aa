"""The time of the story: when, on the world's clock, something in the files was or will be."""

from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from eduflow.kernel.clock import utc_now

_moment: ContextVar[datetime | None] = ContextVar("demo_moment", default=None)


def story_clock() -> datetime:
    """The clock of a runtime that makes schools: the moment that this task is at, if it is at one.

    What goes on side by side is at different moments, so each task has its own.
    """
    return _moment.get() or utc_now()


def be_at(moment: datetime) -> None:
    """From now on it is that moment, in this task."""
    _moment.set(moment)


class Calendar:
    """Turns `DAYS HH:MM` into moments. Its day is that of the first making, at every making."""

    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self._day = day
        self._zone = zone

    @classmethod
    def beginning(cls, time_zone: str, *, now: datetime) -> "Calendar":
        """Of a school that is made for the first time."""
        zone = ZoneInfo(time_zone)
        return cls(now.astimezone(zone).date(), zone)

    @classmethod
    def of(cls, time_zone: str, *, founded: datetime, when: str) -> "Calendar":
        """Of a school that is there: it was founded `when`, in days before that day."""
        zone = ZoneInfo(time_zone)
        days, _ = _parts(when)
        return cls((founded.astimezone(zone) - timedelta(days=days)).date(), zone)

    def at(self, when: str) -> datetime:
        """The moment, by the clock of the school's town."""
        days, clock = _parts(when)
        there = datetime.combine(self._day + timedelta(days=days), clock, tzinfo=self._zone)
        return there.astimezone(UTC)

    def before(self, when: str, *, days: int) -> datetime:
        """So many days before it, at the same time of day."""
        back, clock = when.split()
        return self.at(f"{int(back) - days} {clock}")


def _parts(when: str) -> tuple[int, time]:
    days, clock = when.split()
    return int(days), time.fromisoformat(clock)
