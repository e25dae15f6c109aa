"""Who has a seat in a course, in the order they came."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import CourseId, EnrollmentId, SectionId


class RosterEntry(View, kw_only=True):
    """One seat."""

    enrollment_id: EnrollmentId
    section_id: SectionId
    user_id: UUID
    display_name: str | None
    email: str | None
    role: str
    state: str
    since: datetime


_PAGE = (
    "SELECT r.enrollment_id, r.section_id, r.user_id, p.display_name, p.email, r.role,"
    " r.state, r.since"
    " FROM course_roster AS r LEFT JOIN people AS p ON p.user_id = r.user_id WHERE r.course_id = $1"
    " AND ($2::timestamptz IS NULL OR (r.since, r.enrollment_id) > ($2, $3))"
    " AND ($4::text IS NULL OR r.role = $4) AND ($5::text IS NULL OR r.state = $5)"
    " ORDER BY r.since, r.enrollment_id LIMIT $6"
)


async def course_roster(
    replica: ReadSession, course: CourseId, *, page: Page, role: str | None, state: str | None
) -> Slice[RosterEntry]:
    """One page of the roster, oldest seat first; `role` and `state` narrow it."""
    since, enrollment = page.after(datetime, UUID) or (None, None)
    rows = await replica.rows(
        _PAGE,
        course,
        since,
        enrollment,
        role,
        state,
        page.fetch,
        into=RosterEntry,
        of=("course_roster", "people"),
    )
    return page.of(rows, by=lambda r: (r.since, r.enrollment_id), into=lambda r: r)
