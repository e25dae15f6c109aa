"""How a course is doing, for those who teach it."""

from datetime import datetime

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import AssignmentId, CourseId
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


class LetterCount(View, kw_only=True):
    """How many students have this course grade so far; null: nothing of theirs counts yet."""

    letter: str | None
    students: int


class AssignmentFigures(View, kw_only=True):
    """One published assignment. `late` counts late work whether or not it is graded."""

    assignment_id: AssignmentId
    title: str
    due_at: datetime | None
    ungraded: int
    oldest_ungraded_at: datetime | None
    late: int
    missing: int


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
    average_grade: float | None
    grades: list[LetterCount]
    assignments: list[AssignmentFigures]


class CourseDashboard(_Figures, kw_only=True):
    """Figures over the active learners. Of the inactive ones the first 20 are named.

    Those of grades and assignments are over whoever stands in the gradebook, completed seats too.
    """

    ungraded: int
    oldest_ungraded_at: datetime | None
    late: int
    missing: int
    as_of: datetime | None


# One pass over the course's seats, its grades and its cells. Each learner is counted
# once, however many seats they have.
_FIGURES = (
    "WITH learner AS MATERIALIZED (SELECT r.user_id, p.last_at,"
    f" {PERCENT} AS percent FROM (SELECT DISTINCT user_id FROM course_roster"
    " WHERE course_id = $1 AND role = 'student' AND state = 'active') AS r"
    " LEFT JOIN course_cards AS c ON c.course_id = $1"
    " LEFT JOIN course_progress AS p ON p.user_id = r.user_id AND p.course_id = $1),"
    " inactive AS (SELECT * FROM learner WHERE last_at IS NULL"
    " OR last_at < now() - make_interval(days => $2)),"
    " student AS MATERIALIZED (SELECT user_id, percent, letter FROM course_grades"
    " WHERE course_id = $1 AND active),"
    " cell AS MATERIALIZED (SELECT d.assignment_id,"
    " count(DISTINCT d.submission_id) FILTER (WHERE d.state IN ('submitted', 'resubmitted'))"
    " AS ungraded,"
    " min(d.submitted_at) FILTER (WHERE d.state IN ('submitted', 'resubmitted')) AS oldest,"
    " count(*) FILTER (WHERE d.late) AS late,"
    " count(*) FILTER (WHERE d.missing_at < now()) AS missing FROM gradebook_cells AS d"
    " JOIN student AS t ON t.user_id = d.user_id WHERE d.course_id = $1 AND d.published"
    " GROUP BY d.assignment_id)"
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
    " ORDER BY i.last_at NULLS FIRST, i.user_id LIMIT 20) AS f), '[]') AS longest_inactive,"
    " (SELECT round(avg(percent), 4) FROM student) AS average_grade,"
    " (SELECT json_agg(json_build_object('letter', l.letter, 'students', (SELECT count(*)"
    " FROM student AS t WHERE t.letter IS NOT DISTINCT FROM l.letter)) ORDER BY l.letter)"
    " FROM (VALUES ('A'), ('B'), ('C'), ('D'), ('F'), (NULL)) AS l(letter)) AS grades,"
    " coalesce((SELECT json_agg(json_build_object('assignment_id', a.id, 'title', a.title,"
    " 'due_at', a.due_at, 'ungraded', coalesce(d.ungraded, 0), 'oldest_ungraded_at', d.oldest,"
    " 'late', coalesce(d.late, 0), 'missing', coalesce(d.missing, 0)) ORDER BY a.position, a.id)"
    " FROM assignments AS a LEFT JOIN cell AS d ON d.assignment_id = a.id"
    " WHERE a.course_id = $1 AND a.state = 'published'), '[]') AS assignments"
    " FROM courses AS w LEFT JOIN course_cards AS c ON c.course_id = w.id WHERE w.id = $1"
)


async def course_dashboard(
    replica: ReadSession, course: CourseId, *, inactive_days: int
) -> CourseDashboard:
    """The figures; who has done nothing for `inactive_days` days is inactive."""
    models = (*MODELS, "gradebook")
    figures = await replica.row(_FIGURES, course, inactive_days, into=_Figures, of=models)
    work = figures.assignments
    waiting = [one.oldest_ungraded_at for one in work if one.oldest_ungraded_at is not None]
    return CourseDashboard(
        **{name: getattr(figures, name) for name in _Figures.__struct_fields__},
        ungraded=sum(one.ungraded for one in work),
        oldest_ungraded_at=min(waiting, default=None),
        late=sum(one.late for one in work),
        missing=sum(one.missing for one in work),
        as_of=replica.freshness.as_of,
    )
