"""Close an attempt that ran out of time, where the policy takes nothing that was not handed in."""

from uuid import UUID

import msgspec

from eduflow.contracts.assessment import AttemptAbandoned
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.start_attempt import HAPPENED
from eduflow.services.assessment.ids import AttemptId
from eduflow.services.assessment.sitting_problems import AttemptEnded


class AbandonAttempt(Command[None], frozen=True, kw_only=True):
    """What was saved is kept, and counts for nothing."""

    attempt: AttemptId


class _Found(msgspec.Struct):
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    state: str
    version: int


_LOOK = (
    "SELECT t.assessment_id, t.course_id, t.user_id, t.state, t.version FROM attempts AS t"
    " WHERE t.id = $1"
)
_CLOSE = (
    "UPDATE attempts SET state = 'abandoned', version = version + 1"
    " WHERE id = $1 AND version = $2 AND state = 'in_progress' AND {allowed}"
)


async def abandon_attempt(command: AbandonAttempt, work: UnitOfWork) -> None:
    found = await work.look_one(_LOOK, command.attempt, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    if found.state != "in_progress":
        raise AttemptEnded
    institution = work.identity.institution
    work.write(_CLOSE, command.attempt, found.version)
    work.write(HAPPENED, command.attempt, institution, "abandoned", None, "{}", work.now)
    work.record(
        AttemptAbandoned(
            institution_id=institution,
            attempt_id=command.attempt,
            assessment_id=found.assessment_id,
            course_id=found.course_id,
            user_id=found.user_id,
        )
    )
