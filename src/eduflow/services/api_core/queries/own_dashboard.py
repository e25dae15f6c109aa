"""Everything somebody is part of, in one read."""

from datetime import datetime

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import CourseId, EnrollmentId, SectionId
from eduflow.services.api_core.queries.course_progress import PERCENT


class Card(View, kw_only=True):
    """One seat of the caller in one course."""

    enrollment_id: EnrollmentId
    course_id: CourseId
    code: str
    title: str
    course_state: str
    role: str
    section_id: SectionId
    section_name: str | None
    state: str
    completed: int
    total: int
    percent: int
    last_at: datetime | None


class Dashboard(View, kw_only=True):
    """The caller's seats by course code, without withdrawn ones, as they were at `as_of`."""

    as_of: datetime | None
    courses: list[Card]


# Served by course_roster_of_person and primary keys: as many rows as the person has seats. The
# section's name is of the write model, which on any server is ahead of what is folded from it.
_CARDS = (
    "SELECT r.enrollment_id, r.course_id, c.code, c.title, c.state AS course_state, r.role,"
    " r.section_id, s.name AS section_name, r.state, coalesce(p.completed, 0) AS completed,"
    f" c.lessons AS total, {PERCENT} AS percent, p.last_at FROM course_roster AS r"
    " JOIN course_cards AS c ON c.course_id = r.course_id AND c.state <> 'deleted'"
    " LEFT JOIN course_sections AS s ON s.id = r.section_id"
    " LEFT JOIN course_progress AS p ON p.user_id = r.user_id AND p.course_id = r.course_id"
    " WHERE r.user_id = $1 AND r.state <> 'withdrawn' ORDER BY c.code, r.enrollment_id"
)


async def own_dashboard(replica: ReadSession, user: UserId) -> Dashboard:
    """What somebody sees first."""
    cards = await replica.rows(
        _CARDS, user, into=Card, of=("course_roster", "course_cards", "course_progress")
    )
    return Dashboard(as_of=replica.freshness.as_of, courses=cards)
