"""What answers are read by, over HTTP. Graders see all of it, students no note of theirs."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.authoring_views import Rubric
from eduflow.services.assessment.commands.add_question_rubric_version import (
    AddQuestionRubricVersion,
)
from eduflow.services.assessment.commands.create_question_rubric import CreateQuestionRubric
from eduflow.services.assessment.ids import QuestionId
from eduflow.services.assessment.queries import questions
from eduflow.services.assessment.routes.rubric_inputs import (
    NewRubric,
    NewRubricVersion,
    rubric_of,
    version_of,
)


@post(
    "/questions/{question_id:uuid}/rubric",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="question")],
)
async def create(
    question_id: FromPath[QuestionId],
    data: JSONBody[NewRubric],
    commands: NamedDependency[BoundCommands],
) -> Response[Rubric]:
    """Say what answers to a question are read by."""
    command = CreateQuestionRubric(question=question_id, rubric=rubric_of(data))
    return created(await commands.execute(command), at=f"/questions/{question_id}/rubric")


@post(
    "/questions/{question_id:uuid}/rubric/versions",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="question")],
)
async def add_version(
    question_id: FromPath[QuestionId],
    data: JSONBody[NewRubricVersion],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Rubric]:
    """Write it anew. What was published goes on by the one it has until it is regraded."""
    command = AddQuestionRubricVersion(
        question=question_id, expected=if_match, rubric=version_of(data)
    )
    return created(await commands.execute(command), at=f"/questions/{question_id}/rubric")


@get("/questions/{question_id:uuid}/rubric", guards=[may("bank:read", on="question")])
async def one(
    question_id: FromPath[QuestionId], replica: NamedDependency[ReadSession]
) -> Response[Rubric]:
    """What answers to a question are read by, with the notes for graders."""
    return changed(await questions.rubric(replica, question_id))
