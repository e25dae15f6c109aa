"""Ask a question anew."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.scoring.items import Item
from eduflow.services.assessment.authoring_problems import ItemUnfit
from eduflow.services.assessment.authoring_views import Question
from eduflow.services.assessment.commands.question_rows import (
    made_version,
    set_tags,
    write_versions,
)
from eduflow.services.assessment.ids import BankId, QuestionId, StimulusId
from eduflow.services.assessment.model.fitness import made_fit
from eduflow.services.assessment.stored import type_of


class AddQuestionVersion(Command[Question], frozen=True, kw_only=True):
    """What is pinned to an older version, and what was answered to it, stays with that one."""

    question: QuestionId
    expected: int
    item: Item


class _Known(msgspec.Struct):
    id: QuestionId
    bank_id: BankId
    stimulus_id: StimulusId | None
    type: str
    state: str
    current_number: int
    version: int


_LOOK = (
    "SELECT q.id, q.bank_id, q.stimulus_id, q.type, q.state, q.current_number, q.version"
    " FROM questions AS q WHERE q.id = $1"
)
_UPDATE = (
    "UPDATE questions SET title = $3, current_number = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def add_question_version(command: AddQuestionVersion, work: UnitOfWork) -> Question:
    item = made_fit(command.item)
    known = await work.look_one(_LOOK, command.question, into=_Known)
    if known is None:
        raise NotFound(kind="question")
    refuse_unseen(command.expected, known.version)
    if type_of(item) != known.type:
        message = f"A question keeps its type, {known.type}; another is another question"
        raise ItemUnfit(errors=[{"pointer": "/interaction/type", "message": message}])
    version = made_version(work, item, number=known.current_number + 1)
    work.write(_UPDATE, known.id, known.version, item.title, version.number)
    write_versions(work, [(known.id, version)])
    set_tags(work, known.id, tags=item.tags)
    return Question(
        id=known.id,
        bank_id=known.bank_id,
        stimulus_id=known.stimulus_id,
        type=known.type,
        title=item.title,
        state=known.state,
        current=version,
        version=known.version + 1,
    )
