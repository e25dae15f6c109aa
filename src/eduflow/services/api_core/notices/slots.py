"""When a digest is due: at seven in the morning where the person is; a weekly one on Mondays."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR = time(7)


def zone(name: str) -> tzinfo:
    """The person's time zone; UTC where nobody knows such a zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def last_slot(kind: str, now: datetime, *, time_zone: str) -> datetime:
    """The newest morning a digest of this kind is for, not after `now`, in the person's zone."""
    there = zone(time_zone)
    local = now.astimezone(there)
    day = local.date()
    if local.timetz().replace(tzinfo=None) < HOUR:
        day -= timedelta(days=1)
    if kind == "weekly":
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, HOUR, tzinfo=there)
