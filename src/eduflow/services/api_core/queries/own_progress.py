"""How far somebody is in each of their courses, by code."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import CourseId, LessonId
from eduflow.services.api_core.queries.course_progress import PERCENT


class OwnProgress(View, kw_only=True):
    """How far the caller is in one course, and which lessons are done."""

    course_id: CourseId
    code: str
    title: str
    completed: int
    total: int
    percent: int
    last_at: datetime | None
    completed_lessons: list[LessonId]


_PAGE = (
    "SELECT c.course_id, c.code, c.title, coalesce(p.completed, 0) AS completed, c.lessons AS"
    " total,"
    f" {PERCENT} AS percent, p.last_at, coalesce((SELECT json_agg(d.lesson_id ORDER BY d.lesson_id)"
    " FROM lesson_completions AS d WHERE d.user_id = $1 AND d.course_id = c.course_id"
    " AND d.completed), '[]') AS completed_lessons"
    " FROM (SELECT DISTINCT r.course_id FROM course_roster AS r WHERE r.user_id = $1"
    " AND r.role = 'student' AND r.state IN ('active', 'completed')) AS r"
    " JOIN course_cards AS c ON c.course_id = r.course_id AND c.state <> 'deleted'"
    " LEFT JOIN course_progress AS p ON p.user_id = $1 AND p.course_id = c.course_id"
    " WHERE ($2::text IS NULL OR (c.code, c.course_id) > ($2, $3::uuid))"
    " ORDER BY c.code, c.course_id LIMIT $4"
)


async def own_progress(replica: ReadSession, user: UserId, *, page: Page) -> Slice[OwnProgress]:
    """One page of the courses somebody learns in."""
    code, course = page.after(str, UUID) or (None, None)
    rows = await replica.rows(
        _PAGE,
        user,
        code,
        course,
        page.fetch,
        into=OwnProgress,
        of=("course_roster", "course_cards", "course_progress"),
    )
    return page.of(rows, by=lambda r: (r.code, r.course_id), into=lambda r: r)
