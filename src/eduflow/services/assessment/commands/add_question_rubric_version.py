"""Write anew what answers to a question are read by."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_problems import NoRubric
from eduflow.services.assessment.authoring_views import Rubric
from eduflow.services.assessment.commands.rubric_rows import (
    NewRubricVersion,
    write_rubric_version,
)
from eduflow.services.assessment.ids import QuestionId, RubricId


class AddQuestionRubricVersion(Command[Rubric], frozen=True, kw_only=True):
    """Tests that were published go on by the one they have until a regrade."""

    question: QuestionId
    expected: int
    rubric: NewRubricVersion


class _Known(msgspec.Struct):
    id: RubricId
    title: str
    current_number: int
    version: int


_LOOK = (
    "SELECT r.id, r.title, r.current_number, r.version FROM scoring_rubrics AS r"
    " WHERE r.question_id = $1"
)
_UPDATE = (
    "UPDATE scoring_rubrics SET current_number = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def add_question_rubric_version(
    command: AddQuestionRubricVersion, work: UnitOfWork
) -> Rubric:
    known = await work.look_one(_LOOK, command.question, into=_Known)
    if known is None:
        raise NoRubric
    refuse_unseen(command.expected, known.version)
    number = known.current_number + 1
    work.write(_UPDATE, known.id, known.version, number)
    return Rubric(
        id=known.id,
        question_id=command.question,
        title=known.title,
        current=write_rubric_version(work, known.id, number=number, new=command.rubric),
        version=known.version + 1,
    )
