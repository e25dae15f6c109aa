"""Change what a group of assignments weighs, and how many scores it drops."""

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core_grading import AssignmentGroupChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.grading_views import AssignmentGroup
from eduflow.services.api_core.ids import GroupId
from eduflow.services.api_core.model.exact import exact
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.views import columns


class ChangeAssignmentGroup(Command[AssignmentGroup], frozen=True, kw_only=True):
    """Fields that are UNSET stay. Every grade of the course is computed anew."""

    group: GroupId
    expected: int
    name: str | UnsetType = UNSET
    weight: float | UnsetType = UNSET
    drop_lowest: int | UnsetType = UNSET
    position: int | UnsetType = UNSET


_LOOK = f"SELECT {columns(AssignmentGroup, 'g')} FROM assignment_groups AS g WHERE g.id = $1"
_UPDATE = (
    "UPDATE assignment_groups SET name = $3, weight = $4, drop_lowest = $5, position = $6,"
    " version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_assignment_group(
    command: ChangeAssignmentGroup, work: UnitOfWork
) -> AssignmentGroup:
    group = await work.look_one(_LOOK, command.group, into=AssignmentGroup)
    if group is None:
        raise NotFound(kind="assignment_group")
    refuse_unseen(command.expected, group.version)
    changed = revised(group, command)
    if changed is group:
        return group
    work.write(
        _UPDATE,
        group.id,
        group.version,
        changed.name,
        exact(changed.weight),
        changed.drop_lowest,
        changed.position,
    )
    work.record(
        AssignmentGroupChanged(
            institution_id=work.identity.institution,
            group_id=group.id,
            course_id=group.course_id,
            weight=exact(changed.weight),
            drop_lowest=changed.drop_lowest,
        )
    )
    return changed
