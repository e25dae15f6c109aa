"""Set an assignment."""

from datetime import datetime

import msgspec

from eduflow.contracts.api_core_grading import AssignmentAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.commands.assignment_rows import INSERT, told, values, write_credit
from eduflow.services.api_core.grading_views import Assignment, Credit
from eduflow.services.api_core.ids import (
    AssignmentId,
    CourseId,
    GroupId,
    RubricVersionId,
    TeamSetId,
)


class AddAssignment(Command[Assignment], frozen=True, kw_only=True):
    """One more assignment of a course, in a group of it. Without a position it comes last."""

    course: CourseId
    group_id: GroupId
    title: str
    instructions: str
    points: float
    submission_types: list[str]
    max_attempts: int | None
    anonymous: bool
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    rubric_version_id: RubricVersionId | None
    team_set_id: TeamSetId | None
    credit: Credit | None
    position: int | None
    state: str
    posting: str | None
    """None: by hand where it is graded without names, otherwise automatic."""


class _Place(msgspec.Struct):
    following: int


_LOOK = "SELECT coalesce(max(position), 0) + 1 AS following FROM assignments WHERE course_id = $1"


async def add_assignment(command: AddAssignment, work: UnitOfWork) -> Assignment:
    last = await work.look_one(_LOOK, command.course, into=_Place)
    fields = msgspec.structs.asdict(command)
    fields["course_id"] = fields.pop("course")
    fields["position"] = command.position or (last.following if last else 1)
    fields["posting"] = command.posting or ("manual" if command.anonymous else "automatic")
    assignment = Assignment(posted_at=None, id=AssignmentId(new_id()), version=1, **fields)
    institution = work.identity.institution
    place = (assignment.id, institution, command.course, work.now)
    work.write(INSERT, *place, *values(assignment), None)
    write_credit(work, assignment)
    work.record(AssignmentAdded(**told(assignment, institution)))
    return assignment
