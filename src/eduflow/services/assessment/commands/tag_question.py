"""Say by which words a question is found."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_views import QuestionTags
from eduflow.services.assessment.commands.question_rows import set_tags
from eduflow.services.assessment.ids import QuestionId
from eduflow.services.assessment.model.sanitation import folded_tags


class TagQuestion(Command[QuestionTags], frozen=True, kw_only=True):
    """All of them anew, in lower case, each once."""

    question: QuestionId
    expected: int
    tags: tuple[str, ...]


class _Known(msgspec.Struct):
    version: int


_LOOK = "SELECT q.version FROM questions AS q WHERE q.id = $1"
_UPDATE = "UPDATE questions SET version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"


async def tag_question(command: TagQuestion, work: UnitOfWork) -> QuestionTags:
    known = await work.look_one(_LOOK, command.question, into=_Known)
    if known is None:
        raise NotFound(kind="question")
    refuse_unseen(command.expected, known.version)
    tags = folded_tags(command.tags)
    work.write(_UPDATE, command.question, known.version)
    set_tags(work, command.question, tags=tags)
    return QuestionTags(id=command.question, tags=sorted(tags), version=known.version + 1)
