"""Say what the marking of a question must give for an answer."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.scoring.items import Answer
from eduflow.services.assessment.authoring_problems import ExpectedOtherwise
from eduflow.services.assessment.authoring_views import QuestionTest
from eduflow.services.assessment.commands.key_rows import Expectation, broken, look_at_version
from eduflow.services.assessment.commands.save_draft import refuse_unless_an_answer
from eduflow.services.assessment.ids import QuestionId, QuestionTestId
from eduflow.services.assessment.model.exact import exact
from eduflow.services.assessment.stored import as_json


class AddQuestionTest(Command[QuestionTest], frozen=True, kw_only=True):
    """It holds now, or is refused; a key that breaks it later is refused then."""

    question: QuestionId
    number: int | None
    answer: Answer
    expected_fraction: float
    note: str


_INSERT = (
    "INSERT INTO question_tests (id, institution_id, question_version_id, answer,"
    " expected_fraction, note, made_by, made_at)"
    " SELECT $1, $2, $3, $4::text::jsonb, $5, $6, $7, $8 WHERE {allowed}"
)


async def add_question_test(command: AddQuestionTest, work: UnitOfWork) -> QuestionTest:
    version = await look_at_version(work, command.question, number=command.number)
    test = Expectation(
        id=QuestionTestId(new_id()),
        answer=command.answer,
        expected_fraction=exact(command.expected_fraction),
        note=command.note,
    )
    item = version.item
    if test.answer is not None:
        refuse_unless_an_answer(item.interaction, test.answer, files=None, pointer="/answer")
    if against := await broken(work, item, item.key, tests=[test]):
        raise ExpectedOtherwise(given=against[0]["given"])
    work.write(
        _INSERT,
        test.id,
        work.identity.institution,
        version.version_id,
        as_json(test.answer),
        test.expected_fraction,
        test.note,
        work.identity.user,
        work.now,
    )
    return QuestionTest(
        id=test.id,
        question_version_id=version.version_id,
        answer=test.answer,
        expected_fraction=float(test.expected_fraction),
        note=test.note,
        made_at=work.now,
    )
