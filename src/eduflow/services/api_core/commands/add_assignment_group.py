"""Add a group of assignments to a course."""

import msgspec

from eduflow.contracts.api_core_grading import AssignmentGroupAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.grading_views import AssignmentGroup
from eduflow.services.api_core.ids import CourseId, GroupId
from eduflow.services.api_core.model.exact import exact


class AddAssignmentGroup(Command[AssignmentGroup], frozen=True, kw_only=True):
    """Without a position it comes last."""

    course: CourseId
    name: str
    weight: float
    drop_lowest: int
    position: int | None


class _Place(msgspec.Struct):
    following: int


_LOOK = (
    "SELECT coalesce(max(position), 0) + 1 AS following FROM assignment_groups WHERE course_id = $1"
)
_INSERT = (
    "INSERT INTO assignment_groups (id, institution_id, course_id, name, weight, drop_lowest,"
    " position, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
)


async def add_assignment_group(command: AddAssignmentGroup, work: UnitOfWork) -> AssignmentGroup:
    place = await work.look_one(_LOOK, command.course, into=_Place)
    group = AssignmentGroup(
        id=GroupId(new_id()),
        course_id=command.course,
        name=command.name,
        weight=float(exact(command.weight)),
        drop_lowest=command.drop_lowest,
        position=command.position or (place.following if place else 1),
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        group.id,
        institution,
        group.course_id,
        group.name,
        exact(group.weight),
        group.drop_lowest,
        group.position,
        work.now,
    )
    work.record(
        AssignmentGroupAdded(
            institution_id=institution,
            group_id=group.id,
            course_id=group.course_id,
            weight=exact(group.weight),
            drop_lowest=group.drop_lowest,
        )
    )
    return group
