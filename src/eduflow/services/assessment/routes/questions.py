"""Questions over HTTP, for those who write them: keys are in the answers."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.scoring.items import Item
from eduflow.services.assessment.authoring_views import (
    Question,
    QuestionLine,
    QuestionState,
    QuestionTags,
    QuestionVersion,
)
from eduflow.services.assessment.commands.add_question_version import AddQuestionVersion
from eduflow.services.assessment.commands.change_question import ChangeQuestion
from eduflow.services.assessment.commands.create_question import CreateQuestion
from eduflow.services.assessment.commands.tag_question import TagQuestion
from eduflow.services.assessment.ids import BankId, QuestionId, StimulusId
from eduflow.services.assessment.queries import banks, questions
from eduflow.services.assessment.routes.kinds import QuestionType, Tag
from eduflow.services.assessment.routes.rubric_inputs import NewRubric, rubric_of

State = Literal["active", "retired"]


class NewQuestion(Item, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked and how it is judged. Texts are HTML, and are made safe."""

    stimulus_id: StimulusId | None = None
    rubric: NewRubric | None = None


class QuestionChange(Input, kw_only=True):
    """Members that are absent stay; what is `retired` is not taken into tests any more."""

    state: State | UnsetType = UNSET
    stimulus_id: StimulusId | UnsetType | None = UNSET


class NewTags(Input, kw_only=True):
    """By which words it is found; all of them anew."""

    tags: Annotated[list[Tag], msgspec.Meta(max_length=50)]


@post(
    "/banks/{bank_id:uuid}/questions",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="bank")],
)
async def create(
    bank_id: FromPath[BankId],
    data: JSONBody[NewQuestion],
    commands: NamedDependency[BoundCommands],
) -> Response[Question]:
    """Put a question into a bank, with its first version and key."""
    command = CreateQuestion(
        bank=bank_id,
        item=Item(**{name: getattr(data, name) for name in Item.__struct_fields__}),
        stimulus_id=data.stimulus_id,
        rubric=rubric_of(data.rubric) if data.rubric else None,
    )
    question = await commands.execute(command)
    return created(question, at=f"/questions/{question.id}")


@get("/banks/{bank_id:uuid}/questions", guards=[may("bank:read", on="bank")])
async def list_questions(
    bank_id: FromPath[BankId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    *,
    type_: Annotated[
        QuestionType | None, QueryParameter(name="type", description="Of this type")
    ] = None,
    tag: Annotated[
        str | None, QueryParameter(name="tag", max_length=64, description="With this tag")
    ] = None,
    text: Annotated[
        str | None,
        QueryParameter(name="q", max_length=200, description="With this in title or body"),
    ] = None,
    in_state: Annotated[
        State, QueryParameter(name="state", description="In use, or retired")
    ] = "active",
) -> Slice[QuestionLine]:
    """The questions of a bank, in the order they were made."""
    return await banks.questions(
        replica, bank_id, state=in_state, kind=type_, tag=tag, text=text, page=page
    )


@get("/questions/{question_id:uuid}", guards=[may("bank:read", on="question")])
async def one(
    question_id: FromPath[QuestionId], replica: NamedDependency[ReadSession]
) -> Response[Question]:
    """A question with its newest version and key."""
    return changed(await questions.question(replica, question_id))


@patch("/questions/{question_id:uuid}", guards=[may("bank:write", on="question")])
async def change(
    question_id: FromPath[QuestionId],
    data: JSONBody[QuestionChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[QuestionState]:
    """Retire a question or take it back; say which passage it refers to."""
    fields = msgspec.structs.asdict(data)
    command = ChangeQuestion(question=question_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@post(
    "/questions/{question_id:uuid}/versions",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="question")],
)
async def add_version(
    question_id: FromPath[QuestionId],
    data: JSONBody[Item],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Question]:
    """Ask a question anew. Tests go on asking the version that they pin."""
    command = AddQuestionVersion(question=question_id, expected=if_match, item=data)
    return created(await commands.execute(command), at=f"/questions/{question_id}")


@get("/questions/{question_id:uuid}/versions", guards=[may("bank:read", on="question")])
async def list_versions(
    question_id: FromPath[QuestionId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[QuestionVersion]:
    """All versions of a question, newest first, each with its newest key."""
    return await questions.versions(replica, question_id, page=page)


@put("/questions/{question_id:uuid}/tags", guards=[may("bank:write", on="question")])
async def set_tags(
    question_id: FromPath[QuestionId],
    data: JSONBody[NewTags],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[QuestionTags]:
    """Say by which words a question is found."""
    command = TagQuestion(question=question_id, expected=if_match, tags=tuple(data.tags))
    return changed(await commands.execute(command))
