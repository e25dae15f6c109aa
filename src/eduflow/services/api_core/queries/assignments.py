"""What is to be handed in for a course, and what it is to the caller."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.grading_views import (
    Assignment,
    AssignmentGroup,
    DateOverride,
    RubricVersionView,
)
from eduflow.services.api_core.ids import AssignmentId, CourseId, SubmissionId
from eduflow.services.api_core.queries.rubric import OF_ASSIGNMENT
from eduflow.services.api_core.views import columns


class Mine(View, kw_only=True):
    """The caller's own dates, work and score. `score` is what counts; what is not posted is not."""

    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    submission_id: SubmissionId | None
    attempt: int
    score: float | None
    late: bool
    dropped: bool
    state: str


class AssignmentForYou(Assignment, kw_only=True):
    """`yours` is null to those who do not hand it in."""

    yours: Mine | None


class AssignmentWithRubric(AssignmentForYou, kw_only=True):
    """One assignment with what it is marked by."""

    rubric: RubricVersionView | None


_SHOWN_OF_MINE = {
    "score": "CASE WHEN m.posted THEN m.score END",
    "late": "CASE WHEN m.posted THEN m.late ELSE coalesce(m.submitted_at > m.due_at, false) END",
    "state": "CASE WHEN m.posted THEN m.state WHEN m.attempt > 0 THEN 'submitted' ELSE 'none' END",
}
_MINE = ", ".join(
    f"'{name}', {_SHOWN_OF_MINE.get(name, f'm.{name}')}" for name in Mine.__struct_fields__
)
_COLUMNS = ", ".join(f"a.{n}" for n in Assignment.__struct_fields__ if n != "credit")
_SHOWN = (
    f"{_COLUMNS}, p.curve AS credit, CASE WHEN m.user_id IS NOT NULL THEN"
    f" json_build_object({_MINE}) END AS yours"
)
# The rows of the write model are, on any server, ahead of what is folded from them.
_FROM = (
    " FROM assignments AS a LEFT JOIN credit_policies AS p ON p.assignment_id = a.id"
    " LEFT JOIN gradebook_cells AS m ON m.assignment_id = a.id AND m.user_id = $2"
)
_PAGE = (
    f"SELECT {_SHOWN}{_FROM} WHERE a.course_id = $1"
    " AND (a.state = 'published' OR holds_in('assignment:write', a.course_id))"
    " AND ($3::int IS NULL OR (a.position, a.id) > ($3, $4::uuid))"
    " ORDER BY a.position, a.id LIMIT $5"
)
_NOTE = "CASE WHEN holds_in('rubric:read', a.course_id) THEN c.grader_note END"
_ONE = (
    f"SELECT {_SHOWN}, {OF_ASSIGNMENT.format(note=_NOTE)} AS rubric{_FROM} WHERE a.id = $1"
    " AND (a.state = 'published' OR holds_in('assignment:write', a.course_id))"
)
_GROUPS = (
    f"SELECT {columns(AssignmentGroup, 'g')} FROM assignment_groups AS g WHERE g.course_id = $1"
    " AND ($2::int IS NULL OR (g.position, g.id) > ($2, $3::uuid))"
    " ORDER BY g.position, g.id LIMIT $4"
)
_OVERRIDES = (
    f"SELECT {columns(DateOverride, 'o')} FROM assignment_overrides AS o"
    " WHERE o.assignment_id = $1 AND ($2::uuid IS NULL OR o.id > $2) ORDER BY o.id LIMIT $3"
)


async def assignments(
    replica: ReadSession, course: CourseId, *, user: UserId, page: Page
) -> Slice[AssignmentForYou]:
    """One page in the order they stand in; drafts only to those who write them."""
    place, last = page.after(int, UUID) or (None, None)
    rows = await replica.rows(
        _PAGE, course, user, place, last, page.fetch, into=AssignmentForYou, of="gradebook"
    )
    return page.of(rows, by=lambda r: (r.position, r.id), into=lambda r: r)


async def assignment(
    replica: ReadSession, wanted: AssignmentId, *, user: UserId
) -> AssignmentWithRubric:
    """One of them, with its rubric; the notes for graders only to graders."""
    return await replica.row(_ONE, wanted, user, into=AssignmentWithRubric, of="gradebook")


async def assignment_groups(
    replica: ReadSession, course: CourseId, *, page: Page
) -> Slice[AssignmentGroup]:
    """One page of groups in the order they stand in."""
    place, last = page.after(int, UUID) or (None, None)
    rows = await replica.rows(_GROUPS, course, place, last, page.fetch, into=AssignmentGroup)
    return page.of(rows, by=lambda r: (r.position, r.id), into=lambda r: r)


async def date_overrides(
    replica: ReadSession, wanted: AssignmentId, *, page: Page
) -> Slice[DateOverride]:
    """One page of other dates, in the order they were given."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OVERRIDES, wanted, last, page.fetch, into=DateOverride)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
