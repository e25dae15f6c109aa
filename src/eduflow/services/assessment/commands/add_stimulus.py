"""Add a passage or exhibit to a bank."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.authoring_views import Stimulus
from eduflow.services.assessment.ids import BankId, StimulusId
from eduflow.services.assessment.model.sanitation import safe


class AddStimulus(Command[Stimulus], frozen=True, kw_only=True):
    """Its text is made safe."""

    bank: BankId
    title: str
    body: str
    identifier: str | None = None


_INSERT = (
    "INSERT INTO stimuli (id, institution_id, bank_id, title, body, identifier, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def add_stimulus(command: AddStimulus, work: UnitOfWork) -> Stimulus:
    made = Stimulus(
        id=StimulusId(new_id()),
        bank_id=command.bank,
        title=command.title,
        body=safe(command.body),
        identifier=command.identifier,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        made.id,
        institution,
        made.bank_id,
        made.title,
        made.body,
        made.identifier,
        work.now,
    )
    return made
