"""Give up what the marking of a question had to give."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.ids import QuestionId, QuestionTestId


class DeleteQuestionTest(Command[None], frozen=True, kw_only=True):
    """From now on a key may give something else."""

    question: QuestionId
    test: QuestionTestId


_DELETE = (
    "DELETE FROM question_tests AS t USING question_versions AS v WHERE t.id = $2"
    " AND v.id = t.question_version_id AND v.question_id = $1 AND {allowed}"
)


async def delete_question_test(command: DeleteQuestionTest, work: UnitOfWork) -> None:
    work.write(_DELETE, command.question, command.test, otherwise=NotFound(kind="test"))
