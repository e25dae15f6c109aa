"""Grades: of a course, of an assignment, of the caller."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import AssignmentId, CourseId, GroupId, SubmissionId, TeamId


class Cell(View, kw_only=True):
    """One student and one assignment. `score` is what counts, `given_score` what was given.

    What is not `posted` the student does not see, and it counts for nothing yet. In the gradebook
    the state `blind` stands for all that is known of work that is graded without names until it is
    posted; to the student, what is not posted is not graded.
    """

    assignment_id: AssignmentId
    submission_id: SubmissionId | None
    given_score: float | None
    score: float | None
    source: str | None
    late: bool
    missing: bool
    """Due, and nothing handed in; what is done on paper never is."""
    dropped: bool
    due_at: datetime | None
    posted: bool
    state: str


class GroupGradeView(View, kw_only=True):
    """What a group comes to, without what is dropped."""

    group_id: GroupId
    earned: float
    possible: float
    percent: float | None


class GradebookRow(View, kw_only=True):
    """One student. `percent` is of what is graded so far, null while nothing is."""

    user_id: UserId
    display_name: str | None
    sortable_name: str
    percent: float | None
    letter: str | None
    to_grade: int
    groups: list[GroupGradeView]
    cells: list[Cell]


class GradebookColumn(View, kw_only=True):
    """One assignment of the gradebook."""

    id: AssignmentId
    group_id: GroupId
    title: str
    points: float
    due_at: datetime | None
    anonymous: bool
    posting: str
    posted_at: datetime | None


class _Gradebook(View, kw_only=True):
    assignments: list[GradebookColumn]
    students: list[GradebookRow]


class Gradebook(View, kw_only=True):
    """One page of students by name, and all the assignments of the course."""

    assignments: list[GradebookColumn]
    items: list[GradebookRow]
    next_cursor: str | None
    as_of: datetime | None


class CourseGrade(View, kw_only=True):
    """The caller's grades in one course."""

    course_id: CourseId
    code: str
    title: str
    percent: float | None
    letter: str | None
    groups: list[GroupGradeView]
    cells: list[Cell]


class SubmissionLine(View, kw_only=True):
    """One student's work, or one team's, for those who grade it.

    Without names, and dates by which one could be told, where it is graded without. Of a team's
    work `score` is null where its members have different ones, and `late` where it is so for one.
    """

    submission_id: SubmissionId
    user_id: UserId | None
    display_name: str | None
    team_id: TeamId | None
    team_name: str | None
    attempt: int
    submitted_at: datetime | None
    due_at: datetime | None
    late: bool
    score: float | None
    state: str


_MISSING = {"missing": "coalesce(c.missing_at < now(), false)"}
_SEEN = {name: f"CASE WHEN {{0}} THEN c.{name} END" for name in ("given_score", "score", "source")}
# A mark, or the work that leads to it, beside a name would end blind grading before its time.
_BY_STAFF = {
    **{name: shown.format("NOT c.blind") for name, shown in _SEEN.items()},
    "submission_id": "CASE WHEN NOT c.blind THEN c.submission_id END",
    "late": "c.late AND NOT c.blind",
    "missing": f"NOT c.blind AND {_MISSING['missing']}",
    "state": "CASE WHEN c.blind THEN 'blind' ELSE c.state END",
}
_BY_STUDENT = {
    **_MISSING,
    **{name: shown.format("c.posted") for name, shown in _SEEN.items()},
    "late": "CASE WHEN c.posted THEN c.late ELSE coalesce(c.submitted_at > c.due_at, false) END",
    "state": "CASE WHEN c.posted THEN c.state WHEN c.attempt > 0 THEN 'submitted' ELSE 'none' END",
}


def _cells(shown: Mapping[str, str]) -> str:
    cell = ", ".join(f"'{n}', {shown.get(n, f'c.{n}')}" for n in Cell.__struct_fields__)
    return (
        f"coalesce((SELECT json_agg(json_build_object({cell})) FROM gradebook_cells AS c"
        " WHERE c.course_id = g.course_id AND c.user_id = g.user_id AND c.published), '[]')"
        " AS cells"
    )


_GRADEBOOK = (
    "SELECT coalesce((SELECT json_agg(json_build_object('id', a.id, 'group_id', a.group_id,"
    " 'title', a.title, 'points', a.points, 'due_at', a.due_at, 'anonymous', a.anonymous,"
    " 'posting', a.posting, 'posted_at', a.posted_at) ORDER BY a.position, a.id)"
    " FROM assignments AS a WHERE a.course_id = $1 AND a.state = 'published'), '[]')"
    " AS assignments, coalesce((SELECT json_agg(r ORDER BY r.sortable_name, r.user_id) FROM ("
    "SELECT g.user_id, g.display_name, g.sortable_name, g.percent, g.letter, g.to_grade, g.groups,"
    f" {_cells(_BY_STAFF)} FROM (SELECT g.*, n.display_name,"
    " coalesce(n.sortable_name, '') AS sortable_name"
    " FROM course_grades AS g LEFT JOIN people AS n ON n.user_id = g.user_id"
    " WHERE g.course_id = $1 AND g.active) AS g"
    " WHERE $2::text IS NULL OR (g.sortable_name, g.user_id) > ($2, $3::uuid)"
    " ORDER BY g.sortable_name, g.user_id LIMIT $4) AS r), '[]') AS students"
)
_OWN = (
    f"SELECT g.course_id, k.code, k.title, g.percent, g.letter, g.groups, {_cells(_BY_STUDENT)}"
    " FROM course_grades AS g JOIN course_cards AS k ON k.course_id = g.course_id"
    " AND k.state <> 'deleted' WHERE g.user_id = $1 AND g.active"
    " AND ($2::text IS NULL OR (k.code, k.course_id) > ($2, $3::uuid))"
    " ORDER BY k.code, k.course_id LIMIT $4"
)
_NAMED = "CASE WHEN NOT (c.blind OR (a.anonymous AND a.posted_at IS NULL)) THEN"
_SUBMISSIONS = (
    f"SELECT c.submission_id, CASE WHEN s.team_id IS NULL THEN {_NAMED} c.user_id END END"
    f" AS user_id, CASE WHEN s.team_id IS NULL THEN {_NAMED} n.display_name END END"
    f" AS display_name, {_NAMED} s.team_id END AS team_id, {_NAMED} t.name END AS team_name,"
    f" c.attempt, c.submitted_at, {_NAMED} c.due_at END AS due_at, c.late, c.score, c.state"
    " FROM (SELECT c.submission_id, (min(c.user_id::text))::uuid"
    " AS user_id, max(c.attempt) AS attempt, max(c.submitted_at) AS submitted_at,"
    " min(c.due_at) AS due_at, bool_or(c.late) AS late, CASE WHEN count(*) = count(c.score)"
    " AND min(c.score) = max(c.score) THEN min(c.score) END AS score, max(c.state) AS state,"
    " bool_or(c.blind) AS blind"
    " FROM gradebook_cells AS c WHERE c.assignment_id = $1 AND c.submission_id IS NOT NULL"
    " AND ($2::text IS NULL OR c.state = $2) AND ($3::uuid IS NULL OR c.submission_id > $3)"
    " GROUP BY c.submission_id ORDER BY c.submission_id LIMIT $4) AS c"
    " JOIN submissions AS s ON s.id = c.submission_id JOIN assignments AS a"
    " ON a.id = s.assignment_id LEFT JOIN teams AS t ON t.id = s.team_id"
    " LEFT JOIN people AS n ON n.user_id = c.user_id ORDER BY c.submission_id"
)


async def gradebook(replica: ReadSession, course: CourseId, *, page: Page) -> Gradebook:
    """One page of the grid, in one statement."""
    name, user = page.after(str, UUID) or (None, None)
    found = await replica.row(
        _GRADEBOOK, course, name, user, page.fetch, into=_Gradebook, of=("gradebook", "people")
    )
    shown = page.of(found.students, by=lambda r: (r.sortable_name, r.user_id), into=lambda r: r)
    return Gradebook(
        assignments=found.assignments,
        items=shown.items,
        next_cursor=shown.next_cursor,
        as_of=replica.freshness.as_of,
    )


async def own_grades(replica: ReadSession, user: UserId, *, page: Page) -> Slice[CourseGrade]:
    """One page of the courses somebody learns in, by code, each with its grades."""
    code, course = page.after(str, UUID) or (None, None)
    rows = await replica.rows(
        _OWN, user, code, course, page.fetch, into=CourseGrade, of=("gradebook", "course_cards")
    )
    return page.of(rows, by=lambda r: (r.code, r.course_id), into=lambda r: r)


async def submissions(
    replica: ReadSession, assignment: AssignmentId, *, page: Page, state: str | None
) -> Slice[SubmissionLine]:
    """One page of the work of an assignment; `state` narrows it."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(
        _SUBMISSIONS,
        assignment,
        state,
        after,
        page.fetch,
        into=SubmissionLine,
        of=("gradebook", "people"),
    )
    return page.of(rows, by=lambda r: (r.submission_id,), into=lambda r: r)
