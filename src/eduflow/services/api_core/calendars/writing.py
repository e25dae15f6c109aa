"""Deadlines as an iCalendar document. The same deadlines are always the same bytes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import icalendar

from eduflow.services.api_core.queries.calendar import Deadline

_OFTEN = timedelta(hours=1)
"""What programs are told of how often to ask."""


def written(deadlines: Sequence[Deadline]) -> bytes:
    """One event for each deadline, at the moment in UTC, which every program shows in its own zone.

    An event's UID stays whatever changes. SEQUENCE grows with each change, as LAST-MODIFIED does.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//EduFlow//Due dates//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", "EduFlow")
    calendar.add("x-wr-calname", "EduFlow")
    calendar.add("refresh-interval", _OFTEN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for deadline in deadlines:
        calendar.add_component(_event(deadline))
    return bytes(calendar.to_ical())


def uid(user: UUID, assignment: UUID) -> str:
    """The name of a person's deadline, for ever; of another's it is another."""
    return f"{uuid5(assignment, user.hex)}@due.eduflow"


def _event(deadline: Deadline) -> icalendar.Event:
    event = icalendar.Event()
    due = _whole(deadline.due_at)
    changed = _whole(deadline.changed_at)
    event.add("uid", uid(deadline.user_id, deadline.assignment_id))
    # Not the moment of writing: a document that nobody changed must stay as it is.
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", deadline.sequence)
    event.add("dtstart", due)
    event.add("dtend", due)
    event.add("summary", f"{deadline.title} ({deadline.code})")
    event.add("description", f"{deadline.course}\nPoints: {deadline.points.normalize():f}")
    event.add("categories", [deadline.code])
    event.add("transp", "TRANSPARENT")
    return event


def _whole(moment: datetime) -> datetime:
    """To the second, which is all that the format knows."""
    return moment.astimezone(UTC).replace(microsecond=0)
