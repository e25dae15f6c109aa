"""Put a question into a bank."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.scoring.items import Item
from eduflow.services.assessment.authoring_problems import NoSuchStimulus
from eduflow.services.assessment.authoring_views import Question
from eduflow.services.assessment.commands.question_rows import NewQuestion, write_questions
from eduflow.services.assessment.commands.rubric_rows import NewRubric, write_rubric
from eduflow.services.assessment.ids import BankId, StimulusId
from eduflow.services.assessment.model.fitness import made_fit


class CreateQuestion(Command[Question], frozen=True, kw_only=True):
    """With its first version and key, and, where it is to be read, what it is read by."""

    bank: BankId
    item: Item
    stimulus_id: StimulusId | None = None
    rubric: NewRubric | None = None


class _Bank(msgspec.Struct):
    has_stimulus: bool


_LOOK = (
    "SELECT ($2::uuid IS NULL OR EXISTS (SELECT FROM stimuli AS s WHERE s.bank_id = b.id"
    " AND s.id = $2)) AS has_stimulus FROM item_banks AS b WHERE b.id = $1 AND b.state = 'active'"
)


async def create_question(command: CreateQuestion, work: UnitOfWork) -> Question:
    item = made_fit(command.item)
    bank = await work.look_one(_LOOK, command.bank, command.stimulus_id, into=_Bank)
    if bank is None:
        raise NotFound(kind="bank")
    if not bank.has_stimulus:
        raise NoSuchStimulus
    new = NewQuestion(item=item, stimulus_id=command.stimulus_id)
    (question,) = write_questions(work, command.bank, new=[new])
    if command.rubric is not None:
        write_rubric(work, question.id, new=command.rubric)
    return question
