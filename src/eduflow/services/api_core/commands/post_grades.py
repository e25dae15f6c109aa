"""Let students see what they were given for an assignment; or hide it again."""

from datetime import datetime

import msgspec

from eduflow.contracts.api_core_grading import GradesHidden, GradesPosted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.assignment_rows import LOOK
from eduflow.services.api_core.grading_views import Assignment
from eduflow.services.api_core.ids import AssignmentId
from eduflow.services.api_core.problems import PostedAutomatically


class PostGrades(Command[Assignment], frozen=True, kw_only=True):
    """All there are, and those that are yet to be given. Posting twice is posting once."""

    assignment: AssignmentId


class HideGrades(Command[Assignment], frozen=True, kw_only=True):
    """They count for nothing until they are posted again; names of blind work are hidden, too."""

    assignment: AssignmentId


_UPDATE = (
    "UPDATE assignments SET posted_at = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def post_grades(command: PostGrades, work: UnitOfWork) -> Assignment:
    assignment = await _by_hand(command.assignment, work)
    if assignment.posted_at is not None:
        return assignment
    work.record(
        GradesPosted(
            institution_id=work.identity.institution,
            assignment_id=assignment.id,
            course_id=assignment.course_id,
            posted_at=work.now,
        )
    )
    return _written(work, assignment, posted_at=work.now)


async def hide_grades(command: HideGrades, work: UnitOfWork) -> Assignment:
    assignment = await _by_hand(command.assignment, work)
    if assignment.posted_at is None:
        return assignment
    work.record(
        GradesHidden(
            institution_id=work.identity.institution,
            assignment_id=assignment.id,
            course_id=assignment.course_id,
        )
    )
    return _written(work, assignment, posted_at=None)


async def _by_hand(wanted: AssignmentId, work: UnitOfWork) -> Assignment:
    assignment = await work.look_one(LOOK, wanted, into=Assignment)
    if assignment is None:
        raise NotFound(kind="assignment")
    if assignment.posting == "automatic":
        raise PostedAutomatically(assignment_id=str(wanted))
    return assignment


def _written(work: UnitOfWork, assignment: Assignment, *, posted_at: datetime | None) -> Assignment:
    work.write(_UPDATE, assignment.id, assignment.version, posted_at)
    return msgspec.structs.replace(assignment, posted_at=posted_at, version=assignment.version + 1)
