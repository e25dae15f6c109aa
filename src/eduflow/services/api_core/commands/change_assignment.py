"""Change an assignment: publish it, move its dates, weigh it anew."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core_grading import AssignmentChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.commands.assignment_rows import LOOK, told, values, write_credit
from eduflow.services.api_core.grading_views import Assignment, Credit
from eduflow.services.api_core.ids import AssignmentId, GroupId, RubricVersionId, TeamSetId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.team_problems import TeamsInUse


class ChangeAssignment(Command[Assignment], frozen=True, kw_only=True):
    """Fields that are UNSET stay. Whatever grade depends on it is computed anew."""

    assignment: AssignmentId
    expected: int
    group_id: GroupId | UnsetType = UNSET
    title: str | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    points: float | UnsetType = UNSET
    submission_types: list[str] | UnsetType = UNSET
    max_attempts: int | UnsetType | None = UNSET
    anonymous: bool | UnsetType = UNSET
    unlock_at: datetime | UnsetType | None = UNSET
    due_at: datetime | UnsetType | None = UNSET
    lock_at: datetime | UnsetType | None = UNSET
    rubric_version_id: RubricVersionId | UnsetType | None = UNSET
    team_set_id: TeamSetId | UnsetType | None = UNSET
    credit: Credit | UnsetType | None = UNSET
    position: int | UnsetType = UNSET
    state: str | UnsetType = UNSET
    posting: str | UnsetType = UNSET


class _Seen(Assignment, kw_only=True):
    handed_in: bool


_UPDATE = (
    "UPDATE assignments SET group_id = $3, title = $4, instructions = $5, points = $6,"
    " submission_types = $7::text[], max_attempts = $8, anonymous = $9, unlock_at = $10,"
    " due_at = $11, lock_at = $12, rubric_version_id = $13, position = $14, state = $15,"
    " posting = $16, team_set_id = $17, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_assignment(command: ChangeAssignment, work: UnitOfWork) -> Assignment:
    seen = await work.look_one(LOOK, command.assignment, into=_Seen)
    if seen is None:
        raise NotFound(kind="assignment")
    refuse_unseen(command.expected, seen.version)
    if command.anonymous is True and command.posting is UNSET:
        command = msgspec.structs.replace(command, posting="manual")
    assignment = Assignment(**{n: getattr(seen, n) for n in Assignment.__struct_fields__})
    changed = revised(assignment, command)
    if changed is assignment:
        return assignment
    if seen.handed_in and changed.team_set_id != assignment.team_set_id:
        raise TeamsInUse
    work.write(_UPDATE, assignment.id, assignment.version, *values(changed))
    write_credit(work, changed)
    work.record(AssignmentChanged(**told(changed, work.identity.institution)))
    return changed
