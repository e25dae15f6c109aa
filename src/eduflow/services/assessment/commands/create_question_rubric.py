"""Say what answers to a question are read by."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.authoring_problems import HasRubric
from eduflow.services.assessment.authoring_views import Rubric
from eduflow.services.assessment.commands.rubric_rows import NewRubric, write_rubric
from eduflow.services.assessment.ids import QuestionId


class CreateQuestionRubric(Command[Rubric], frozen=True, kw_only=True):
    """With its first version; a question has one rubric."""

    question: QuestionId
    rubric: NewRubric


class _Known(msgspec.Struct):
    has_rubric: bool


_LOOK = (
    "SELECT EXISTS (SELECT FROM scoring_rubrics AS r WHERE r.question_id = q.id) AS has_rubric"
    " FROM questions AS q WHERE q.id = $1"
)


async def create_question_rubric(command: CreateQuestionRubric, work: UnitOfWork) -> Rubric:
    known = await work.look_one(_LOOK, command.question, into=_Known)
    if known is None:
        raise NotFound(kind="question")
    if known.has_rubric:
        raise HasRubric
    return write_rubric(work, command.question, new=command.rubric)
