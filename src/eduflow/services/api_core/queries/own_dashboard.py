"""Everything that concerns somebody now, in one read: what they see first."""

from datetime import datetime

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import AssignmentId, CourseId, EnrollmentId, SectionId
from eduflow.services.api_core.queries.course_progress import PERCENT

MODELS = ("course_roster", "course_cards", "course_progress", "gradebook", "thread_reads")
MOST_DUE = 10


class CardGrade(View, kw_only=True):
    """The grade of the course so far, as `GET /users/me/grades` tells it."""

    percent: float | None
    letter: str | None


class Card(View, kw_only=True):
    """One seat of the caller in one course. `grade` is null where they are not graded."""

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
    grade: CardGrade | None
    unread: int
    """Posts of others in the course's forums that are new to the caller."""


class Due(View, kw_only=True):
    """An assignment that the caller has not handed in yet, with their own dates."""

    assignment_id: AssignmentId
    course_id: CourseId
    code: str
    course_title: str
    title: str
    unlock_at: datetime | None
    due_at: datetime


class _Found(msgspec.Struct):
    courses: list[Card]
    due_next: list[Due]
    unread_notifications: int


class Dashboard(View, kw_only=True):
    """The caller's seats by course code, without withdrawn ones, as they were at `as_of`.

    `due_next` are the ten that are due soonest. `unread_posts` counts every course once.
    """

    as_of: datetime | None
    courses: list[Card]
    due_next: list[Due]
    unread_posts: int
    unread_notifications: int


# As many rows as the person has seats, and as many cells as they have assignments, each by a key;
# titles are of the write model, which on any server is ahead of what is folded from it.
_READS = "r.state = 'active' AND 'forum:read' = ANY (k.permissions)"
_CARDS = (
    "SELECT r.enrollment_id, r.course_id, c.code, c.title, c.state AS course_state, r.role,"
    " r.section_id, s.name AS section_name, r.state, coalesce(p.completed, 0) AS completed,"
    f" c.lessons AS total, {PERCENT} AS percent, p.last_at,"
    " CASE WHEN g.user_id IS NOT NULL THEN"
    " json_build_object('percent', g.percent, 'letter', g.letter) END AS grade,"
    f" CASE WHEN {_READS} THEN coalesce(n.posts, 0) - coalesce(m.seen, 0) ELSE 0 END AS unread"
    " FROM seat AS r JOIN roles AS k ON k.key = r.role"
    " JOIN course_cards AS c ON c.course_id = r.course_id AND c.state <> 'deleted'"
    " LEFT JOIN course_sections AS s ON s.id = r.section_id"
    " LEFT JOIN course_progress AS p ON p.user_id = $1 AND p.course_id = r.course_id"
    " LEFT JOIN course_grades AS g ON g.user_id = $1 AND g.course_id = r.course_id AND g.active"
    " AND r.role = 'student'"
    " LEFT JOIN course_posts AS n ON n.course_id = r.course_id"
    " LEFT JOIN course_reads AS m ON m.user_id = $1 AND m.course_id = r.course_id"
)
# In the order of the index gradebook_cells_due_of_person, so that it ends with the tenth; IS TRUE
# keeps the planner, who takes courses and people for independent, from reading every cell.
_DUE = (
    "SELECT d.assignment_id, d.course_id, c.code, c.title AS course_title, a.title, d.unlock_at,"
    " d.due_at FROM (SELECT assignment_id, course_id, unlock_at, due_at FROM gradebook_cells"
    " WHERE user_id = $1 AND published AND state = 'none' AND due_at > now()"
    " AND (course_id = ANY (ARRAY(SELECT r.course_id FROM seat AS r JOIN course_cards AS c"
    " ON c.course_id = r.course_id AND c.state = 'published'"
    " WHERE r.role = 'student' AND r.state = 'active'))) IS TRUE"
    f" ORDER BY due_at, assignment_id LIMIT {MOST_DUE}) AS d"
    " JOIN course_cards AS c ON c.course_id = d.course_id"
    " JOIN assignments AS a ON a.id = d.assignment_id"
)
_DASHBOARD = (
    "WITH seat AS MATERIALIZED (SELECT enrollment_id, course_id, section_id, role, state"
    " FROM course_roster WHERE user_id = $1 AND state <> 'withdrawn')"
    f" SELECT coalesce((SELECT json_agg(o ORDER BY o.code, o.enrollment_id) FROM ({_CARDS}) AS o),"
    " '[]') AS courses,"
    f" coalesce((SELECT json_agg(o ORDER BY o.due_at, o.assignment_id) FROM ({_DUE}) AS o), '[]')"
    " AS due_next, (SELECT count(*) FROM notifications WHERE user_id = $1 AND in_app"
    " AND read_at IS NULL) AS unread_notifications"
)


async def own_dashboard(replica: ReadSession, user: UserId) -> Dashboard:
    """The same numbers as grades, progress and unread posts tell one by one."""
    found = await replica.row(_DASHBOARD, user, into=_Found, of=MODELS)
    unread: dict[CourseId, int] = {}
    for card in found.courses:
        unread[card.course_id] = max(card.unread, unread.get(card.course_id, 0))
    return Dashboard(
        as_of=replica.freshness.as_of,
        courses=found.courses,
        due_next=found.due_next,
        unread_posts=sum(unread.values()),
        unread_notifications=found.unread_notifications,
    )
