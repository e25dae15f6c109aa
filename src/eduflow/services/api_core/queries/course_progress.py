"""How far the learners of a course are, by name."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import CourseId

MODELS = ("course_roster", "people", "course_cards", "course_progress")


class LearnerProgress(View, kw_only=True):
    """How far one learner is. `last_at`: when they last did anything there."""

    user_id: UserId
    display_name: str | None
    sortable_name: str
    completed: int
    total: int
    percent: int
    last_at: datetime | None


PERCENT = (
    "CASE WHEN c.lessons > 0 THEN least(100, coalesce(p.completed, 0) * 100 / c.lessons) ELSE 0 END"
)
"""Whole per cent, rounded down, so that only who has completed everything reads 100."""
# Served by course_roster_page and the keys of the others. Whoever has two seats is one learner.
_PAGE = (
    "SELECT l.user_id, l.display_name, l.sortable_name, coalesce(p.completed, 0) AS completed,"
    f" coalesce(c.lessons, 0) AS total, {PERCENT} AS percent, p.last_at"
    " FROM (SELECT DISTINCT r.user_id, n.display_name, coalesce(n.sortable_name, '') AS"
    " sortable_name"
    " FROM course_roster AS r LEFT JOIN people AS n ON n.user_id = r.user_id"
    " WHERE r.course_id = $1 AND r.role = 'student' AND r.state IN ('active', 'completed')) AS l"
    " LEFT JOIN course_cards AS c ON c.course_id = $1"
    " LEFT JOIN course_progress AS p ON p.user_id = l.user_id AND p.course_id = $1"
    " WHERE ($2::text IS NULL OR (l.sortable_name, l.user_id) > ($2, $3::uuid))"
    " ORDER BY l.sortable_name, l.user_id LIMIT $4"
)


async def course_progress(
    replica: ReadSession, course: CourseId, *, page: Page
) -> Slice[LearnerProgress]:
    """One page of learners who take part or have completed."""
    name, user = page.after(str, UUID) or (None, None)
    rows = await replica.rows(
        _PAGE, course, name, user, page.fetch, into=LearnerProgress, of=MODELS
    )
    return page.of(rows, by=lambda r: (r.sortable_name, r.user_id), into=lambda r: r)
