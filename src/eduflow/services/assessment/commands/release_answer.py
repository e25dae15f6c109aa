"""Give an answer back that one has taken and not graded."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.grading_views import Released
from eduflow.services.assessment.ids import AssessmentId, ResponseId
from eduflow.services.assessment.reading_problems import ClaimedByAnother, NotInTheQueue


class ReleaseAnswer(Command[Released], frozen=True, kw_only=True):
    """Only whoever holds it; what one does not hold is left as it is."""

    assessment: AssessmentId
    response: ResponseId


class _Row(msgspec.Struct, kw_only=True):
    state: str
    assigned_to: UUID | None
    claimed_until: datetime | None
    version: int


_LOOK = (
    "SELECT state, assigned_to, claimed_until, version FROM grading_queue"
    " WHERE response_id = $1 AND assessment_id = $2 AND state <> 'done'"
)
_RELEASE = (
    "UPDATE grading_queue SET state = 'waiting', assigned_to = NULL, claimed_until = NULL,"
    " blind = true, version = version + 1 WHERE response_id = $1 AND version = $2 AND {allowed}"
)


async def release_answer(command: ReleaseAnswer, work: UnitOfWork) -> Released:
    row = await work.look_one(_LOOK, command.response, command.assessment, into=_Row)
    if row is None:
        raise NotInTheQueue
    if row.state == "waiting":
        return Released(response_id=command.response, version=row.version)
    if row.assigned_to != work.identity.user:
        raise ClaimedByAnother(claimed_until=row.claimed_until)
    work.write(_RELEASE, command.response, row.version)
    return Released(response_id=command.response, version=row.version + 1)
