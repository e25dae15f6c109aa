"""Change an assignment: publish it, move its dates, weigh it anew."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core_grading import AssignmentChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.commands.assignment_rows import (
    LOOK,
    UPDATE,
    told,
    values,
    write_credit,
)
from eduflow.services.api_core.grading_views import Assignment, Credit
from eduflow.services.api_core.ids import AssignmentId, GroupId, RubricVersionId, TeamSetId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.team_problems import TeamsInUse
from eduflow.services.api_core.test_problems import DecidedInTest


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


_OWN = frozenset({"group_id", "instructions", "position", "posting"})
"""What the gradebook decides of a test: where it stands, how it is weighed, when it is seen."""


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
    theirs = [f for f in Assignment.__struct_fields__ if f not in _OWN]
    decided = [f for f in theirs if getattr(changed, f) != getattr(assignment, f)]
    if assignment.assessment_id is not None and (decided := [f for f in decided if f != "version"]):
        raise DecidedInTest(fields=decided)
    if seen.handed_in and changed.team_set_id != assignment.team_set_id:
        raise TeamsInUse
    work.write(UPDATE, assignment.id, assignment.version, *values(changed))
    write_credit(work, changed)
    work.record(AssignmentChanged(**told(changed, work.identity.institution)))
    return changed
