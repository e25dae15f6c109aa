"""How a course is doing, for those who teach it."""

from datetime import datetime

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.queries.course_progress import MODELS, PERCENT


class SeatCount(View, kw_only=True):
    """How many seats of a role are in a state."""

    role: str
    state: str
    seats: int


class Band(View, kw_only=True):
    """How many learners have completed from `least` to `most` per cent, both included."""

    least: int
    most: int
    learners: int


class InactiveLearner(View, kw_only=True):
    """Somebody who has not done anything for a while; `last_at` is null for nothing ever."""

    user_id: UserId
    display_name: str | None
    percent: int
    last_at: datetime | None


class _Figures(View, kw_only=True):
    course_id: CourseId
    code: str
    title: str
    state: str
    lessons: int
    seats: list[SeatCount]
    learners: int
    average_percent: float | None
    distribution: list[Band]
    inactive_learners: int
    longest_inactive: list[InactiveLearner]


class CourseDashboard(_Figures, kw_only=True):
    """Figures over the active learners. Of the inactive ones the first 20 are named."""

    as_of: datetime | None


# One pass over the course's seats; each learner is counted once, however many seats they have.
_FIGURES = (
    "WITH learner AS MATERIALIZED (SELECT r.user_id, p.last_at,"
    f" {PERCENT} AS percent FROM (SELECT DISTINCT user_id FROM course_roster"
    " WHERE course_id = $1 AND role = 'student' AND state = 'active') AS r"
    " LEFT JOIN course_cards AS c ON c.course_id = $1"
    " LEFT JOIN course_progress AS p ON p.user_id = r.user_id AND p.course_id = $1),"
    " inactive AS (SELECT * FROM learner WHERE last_at IS NULL"
    " OR last_at < now() - make_interval(days => $2))"
    " SELECT w.id AS course_id, w.code, w.title, w.state, coalesce(c.lessons, 0) AS lessons,"
    " coalesce((SELECT json_agg(s ORDER BY s.role, s.state) FROM (SELECT role, state,"
    " count(*) AS seats FROM course_roster WHERE course_id = $1 GROUP BY role, state) AS s), '[]')"
    " AS seats, (SELECT count(*) FROM learner) AS learners,"
    " (SELECT round(avg(percent), 1) FROM learner) AS average_percent,"
    " (SELECT json_agg(b ORDER BY b.least) FROM (SELECT e.least, e.most, (SELECT count(*)"
    " FROM learner AS l WHERE l.percent BETWEEN e.least AND e.most) AS learners"
    " FROM (VALUES (0, 0), (1, 24), (25, 49), (50, 74), (75, 99), (100, 100)) AS e(least, most))"
    " AS b) AS distribution, (SELECT count(*) FROM inactive) AS inactive_learners,"
    " coalesce((SELECT json_agg(f ORDER BY f.last_at NULLS FIRST, f.user_id) FROM"
    " (SELECT i.user_id, n.display_name, i.percent, i.last_at FROM inactive AS i"
    " LEFT JOIN people AS n ON n.user_id = i.user_id"
    " ORDER BY i.last_at NULLS FIRST, i.user_id LIMIT 20) AS f), '[]') AS longest_inactive"
    " FROM courses AS w LEFT JOIN course_cards AS c ON c.course_id = w.id WHERE w.id = $1"
)


async def course_dashboard(
    replica: ReadSession, course: CourseId, *, inactive_days: int
) -> CourseDashboard:
    """The figures; who has done nothing for `inactive_days` days is inactive."""
    figures = await replica.row(_FIGURES, course, inactive_days, into=_Figures, of=MODELS)
    shown = {name: getattr(figures, name) for name in _Figures.__struct_fields__}
    return CourseDashboard(**shown, as_of=replica.freshness.as_of)
