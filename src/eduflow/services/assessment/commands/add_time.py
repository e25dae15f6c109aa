"""Give a running attempt more time."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.start_attempt import HAPPENED
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.sitting_problems import AttemptEnded, NoLimit
from eduflow.services.assessment.views import Attempt


class AddTime(Command[Attempt], frozen=True, kw_only=True):
    """On top of the deadline there is; where that has passed, from now on."""

    attempt: AttemptId
    minutes: int


class _Found(msgspec.Struct):
    id: AttemptId
    assessment_id: AssessmentId
    user_id: UUID
    number: int
    state: str
    behaviour: str
    started_at: datetime
    deadline_at: datetime | None
    grace_until: datetime | None
    late: bool
    version: int


_LOOK = (
    "SELECT t.id, t.assessment_id, t.user_id, t.number, t.state, t.behaviour, t.started_at,"
    " t.deadline_at, t.grace_until, t.late, t.version FROM attempts AS t WHERE t.id = $1"
)
_MOVE = (
    "UPDATE attempts SET deadline_at = $3, grace_until = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND state = 'in_progress' AND {allowed}"
)


async def add_time(command: AddTime, work: UnitOfWork) -> Attempt:
    found = await work.look_one(_LOOK, command.attempt, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    if found.state != "in_progress":
        raise AttemptEnded
    if found.deadline_at is None or found.grace_until is None:
        raise NoLimit
    more = timedelta(minutes=command.minutes)
    deadline = max(found.deadline_at, work.now) + more
    grace = deadline + (found.grace_until - found.deadline_at)
    work.write(_MOVE, command.attempt, found.version, deadline, grace)
    told = msgspec.json.encode({"minutes": command.minutes}).decode()
    about = (command.attempt, work.identity.institution, "time_added", None)
    work.write(HAPPENED, *about, told, work.now)
    return Attempt(
        id=found.id,
        assessment_id=found.assessment_id,
        user_id=found.user_id,
        number=found.number,
        state=found.state,
        behaviour=found.behaviour,
        started_at=found.started_at,
        deadline_at=deadline,
        grace_until=grace,
        submitted_at=None,
        late=found.late,
        version=found.version + 1,
    )
