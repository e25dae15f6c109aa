"""Keys over HTTP, what they must give, and trying them."""

from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Note, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.scoring.items import Answer
from eduflow.scoring.keys import Key
from eduflow.services.assessment.authoring_views import KeyCorrected, Preview, QuestionTest
from eduflow.services.assessment.commands.add_question_test import AddQuestionTest
from eduflow.services.assessment.commands.correct_key import CorrectKey
from eduflow.services.assessment.commands.delete_question_test import DeleteQuestionTest
from eduflow.services.assessment.ids import QuestionId, QuestionTestId
from eduflow.services.assessment.previewing import previewed
from eduflow.services.assessment.queries import questions
from eduflow.services.assessment.resources import Resources
from eduflow.services.assessment.routes.kinds import Number, Said, Share

Seed = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00]*$(?!\n)")]


class NewKey(Input, kw_only=True):
    """How the version `number` is judged from now on; without a number the newest.

    `give_up` names tests of the question that may break: they are deleted.
    """

    key: Key
    reason: Said
    number: Number | None = None
    give_up: Annotated[list[QuestionTestId], msgspec.Meta(max_length=200)] = msgspec.field(
        default_factory=list
    )


class NewQuestionTest(Input, kw_only=True):
    """What the marking must give for an answer, as a share of the points."""

    answer: Answer
    expected_fraction: Share
    note: Note = ""
    number: Number | None = None


class NewPreview(Input, kw_only=True):
    """Which variant is to be drawn, and, where it is to be judged, an answer."""

    seed: Seed = "1"
    answer: Answer = None
    number: Number | None = None


@post(
    "/questions/{question_id:uuid}/keys",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="question")],
)
async def correct(
    question_id: FromPath[QuestionId],
    data: JSONBody[NewKey],
    commands: NamedDependency[BoundCommands],
) -> KeyCorrected:
    """Correct the key. What was published goes on by the one it has until it is regraded."""
    command = CorrectKey(
        question=question_id,
        number=data.number,
        key=data.key,
        reason=data.reason,
        give_up=tuple(data.give_up),
    )
    return await commands.execute(command)


@post(
    "/questions/{question_id:uuid}/tests",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="question")],
)
async def add_test(
    question_id: FromPath[QuestionId],
    data: JSONBody[NewQuestionTest],
    commands: NamedDependency[BoundCommands],
) -> QuestionTest:
    """Say what the marking must give for an answer; of variants, in that with the seed 1."""
    command = AddQuestionTest(
        question=question_id,
        number=data.number,
        answer=data.answer,
        expected_fraction=data.expected_fraction,
        note=data.note,
    )
    return await commands.execute(command)


@get("/questions/{question_id:uuid}/tests", guards=[may("bank:read", on="question")])
async def list_tests(
    question_id: FromPath[QuestionId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[QuestionTest]:
    """What the marking of a question must give."""
    return await questions.question_tests(replica, question_id, page=page)


@delete(
    "/questions/{question_id:uuid}/tests/{test_id:uuid}",
    guards=[may("bank:write", on="question")],
)
async def remove_test(
    question_id: FromPath[QuestionId],
    test_id: FromPath[QuestionTestId],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Give up what the marking had to give."""
    await commands.execute(DeleteQuestionTest(question=question_id, test=test_id))


@post(
    "/questions/{question_id:uuid}/preview",
    status_code=HTTP_200_OK,
    guards=[may("bank:read", on="question")],
)
async def preview(
    question_id: FromPath[QuestionId],
    data: JSONBody[NewPreview],
    replica: NamedDependency[ReadSession],
    resources: NamedDependency[Resources],
) -> Preview:
    """Draw a variant as a student would see it, and judge an answer by the newest key."""
    version = await questions.version(replica, question_id, number=data.number)
    return await previewed(version.item, resources, seed=data.seed, answer=data.answer)
