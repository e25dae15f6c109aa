"""What the grades of some students rest on, in one course: to say what another score would do."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.ids import AssessmentId, CourseId


class GroupOfCourse(msgspec.Struct):
    """Assignments that are weighed together."""

    id: UUID
    weight: Decimal
    drop_lowest: int


class AssignmentOfCourse(msgspec.Struct):
    """`counts`: published, and posted where it is posted by hand."""

    id: UUID
    group_id: UUID
    points: Decimal
    counts: bool


class CourseOfTest(msgspec.Struct):
    """`column` is null where the test has none."""

    column: UUID | None
    groups: list[GroupOfCourse]
    assignments: list[AssignmentOfCourse]


class StudentOfCourse(msgspec.Struct):
    """The scores of a student, and whether a person's word stands above the test's."""

    user_id: UserId
    scores: list[tuple[UUID, Decimal]]
    stands: bool


_COURSE = (
    "SELECT (SELECT a.id FROM assignments AS a WHERE a.course_id = $1 AND a.assessment_id = $2)"
    " AS column, coalesce((SELECT json_agg(json_build_object('id', g.group_id, 'weight', g.weight,"
    " 'drop_lowest', g.drop_lowest)) FROM gradebook_groups AS g WHERE g.course_id = $1), '[]')"
    " AS groups, coalesce((SELECT json_agg(json_build_object('id', a.assignment_id, 'group_id',"
    " a.group_id, 'points', a.points, 'counts', a.published AND (NOT a.by_hand"
    " OR coalesce(p.posted, false)))) FROM gradebook_assignments AS a LEFT JOIN gradebook_postings"
    " AS p ON p.assignment_id = a.assignment_id WHERE a.course_id = $1), '[]') AS assignments"
)
_STUDENTS = (
    "SELECT g.user_id, coalesce((SELECT json_agg(json_build_array(c.assignment_id,"
    " c.score)) FROM gradebook_cells AS c WHERE c.user_id = g.user_id AND c.course_id = $1"
    " AND c.published AND c.posted AND c.score IS NOT NULL AND c.state <> 'excused'), '[]')"
    " AS scores, EXISTS (SELECT FROM gradebook_cells AS c WHERE c.user_id = g.user_id"
    " AND c.assignment_id = $2 AND (c.state = 'excused' OR c.source = 'override')) AS stands"
    " FROM course_grades AS g WHERE g.course_id = $1 AND g.user_id = ANY ($3::uuid[])"
)


async def course_of_test(
    replica: ReadSession, course: CourseId, *, assessment: AssessmentId
) -> CourseOfTest:
    """What the course's grades are computed by."""
    return await replica.row(_COURSE, course, assessment, into=CourseOfTest, of="gradebook")


async def students_of_course(
    replica: ReadSession, course: CourseId, *, column: UUID, users: Sequence[UserId]
) -> tuple[list[StudentOfCourse], datetime | None]:
    """Those of them who are in the gradebook, and as of when."""
    found = await replica.rows(
        _STUDENTS, course, column, list(users), into=StudentOfCourse, of="gradebook"
    )
    return found, replica.freshness.as_of
