"""Delete a passage or exhibit that no question refers to."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.authoring_problems import StimulusInUse
from eduflow.services.assessment.ids import StimulusId


class DeleteStimulus(Command[None], frozen=True, kw_only=True):
    """Questions that refer to it stand against it, retired ones too: tests may ask them."""

    stimulus: StimulusId


class _Known(msgspec.Struct):
    used: bool


_USED = "EXISTS (SELECT FROM questions AS q WHERE q.bank_id = s.bank_id AND q.stimulus_id = s.id)"
_LOOK = f"SELECT {_USED} AS used FROM stimuli AS s WHERE s.id = $1"
_DELETE = f"DELETE FROM stimuli AS s WHERE s.id = $1 AND NOT {_USED} AND {{allowed}}"


async def delete_stimulus(command: DeleteStimulus, work: UnitOfWork) -> None:
    known = await work.look_one(_LOOK, command.stimulus, into=_Known)
    if known is None:
        raise NotFound(kind="stimulus")
    if known.used:
        raise StimulusInUse
    work.write(_DELETE, command.stimulus)
