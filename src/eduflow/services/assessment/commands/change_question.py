"""Retire a question or take it back, and say which passage it refers to."""

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_problems import NoSuchStimulus
from eduflow.services.assessment.authoring_views import QuestionState
from eduflow.services.assessment.ids import QuestionId, StimulusId


class ChangeQuestion(Command[QuestionState], frozen=True, kw_only=True):
    """Fields that are UNSET stay. What is retired stays where it is asked."""

    question: QuestionId
    expected: int
    state: str | UnsetType = UNSET
    stimulus_id: StimulusId | UnsetType | None = UNSET


class _Known(QuestionState, kw_only=True):
    has_stimulus: bool


_LOOK = (
    "SELECT q.id, q.state, q.stimulus_id, q.version, $2::uuid IS NULL OR EXISTS (SELECT FROM"
    " stimuli AS s WHERE s.bank_id = q.bank_id AND s.id = $2) AS has_stimulus"
    " FROM questions AS q WHERE q.id = $1"
)
_UPDATE = (
    "UPDATE questions SET state = $3, stimulus_id = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_question(command: ChangeQuestion, work: UnitOfWork) -> QuestionState:
    wanted = None if command.stimulus_id is UNSET else command.stimulus_id
    known = await work.look_one(_LOOK, command.question, wanted, into=_Known)
    if known is None:
        raise NotFound(kind="question")
    refuse_unseen(command.expected, known.version)
    if not known.has_stimulus:
        raise NoSuchStimulus
    now = QuestionState(
        id=known.id,
        state=known.state if command.state is UNSET else command.state,
        stimulus_id=known.stimulus_id if command.stimulus_id is UNSET else command.stimulus_id,
        version=known.version,
    )
    if (now.state, now.stimulus_id) == (known.state, known.stimulus_id):
        return now
    work.write(_UPDATE, known.id, known.version, now.state, now.stimulus_id)
    return msgspec.structs.replace(now, version=known.version + 1)
