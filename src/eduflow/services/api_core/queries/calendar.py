"""What is due, for a calendar; and whether somebody has one."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.problems import NotFound, Unauthorized
from eduflow.services.api_core.ids import CalendarId

MOST = 1_000


class Deadline(msgspec.Struct):
    """One assignment that is due for the person, by their own dates."""

    assignment_id: UUID
    user_id: UUID
    title: str
    points: Decimal
    code: str
    course: str
    due_at: datetime
    sequence: int
    changed_at: datetime


class Feed(msgspec.Struct):
    """Somebody's calendar."""

    id: CalendarId
    created_at: datetime


# The person is whoever the address is of. What counts up for every change that may move a date for
# them: the assignment's version, those of all its overrides, and those of their own seats.
_DEADLINES = f"""
    SELECT a.id AS assignment_id, c.user_id, a.title, a.points, k.code, k.title AS course,
        c.due_at, a.version - 1
            + coalesce((SELECT sum(o.version) FROM assignment_overrides AS o
                WHERE o.assignment_id = a.id), 0)
            + coalesce((SELECT sum(e.version) - 1 FROM enrollments AS e
                WHERE e.course_id = a.course_id AND e.user_id = c.user_id), 0) AS sequence,
        greatest(a.created_at, g.changed_at,
            (SELECT max(o.changed_at) FROM gradebook_overrides AS o
                WHERE o.course_id = a.course_id AND o.assignment_id = a.id),
            (SELECT max(e.created_at) FROM enrollments AS e
                WHERE e.course_id = a.course_id AND e.user_id = c.user_id)) AS changed_at
    FROM gradebook_cells AS c
    JOIN course_grades AS p ON p.user_id = c.user_id AND p.course_id = c.course_id AND p.active
    JOIN assignments AS a ON a.id = c.assignment_id
    JOIN gradebook_assignments AS g ON g.assignment_id = c.assignment_id
    JOIN courses AS k ON k.id = c.course_id AND k.state IN ('published', 'concluded')
    WHERE c.user_id = (SELECT eduflow_person()) AND c.published
        AND c.due_at > now() - interval '180 days'
    ORDER BY c.due_at, a.id LIMIT {MOST}
"""


async def deadlines(replica: ReadSession, feed: CalendarId) -> bytes:
    """What is due for the owner of a feed, as JSON; from half a year ago, the next first.

    Raises NotFound for a feed that was withdrawn, or whose owner may not log in.
    """
    replica.serve(Access(None, "public", "calendar", feed))
    try:
        found = await replica.document(_DEADLINES, of="gradebook")
    except Unauthorized as refused:
        # Nobody is logged in; what is not there looks as if it never had been.
        raise NotFound(kind="calendar") from refused
    return found or b"[]"


async def own_feed(replica: ReadSession) -> Feed | None:
    """The calendar of whoever asks; None where they have none."""
    found = await replica.rows("SELECT id, created_at FROM calendar_feeds", into=Feed)
    return found[0] if found else None
