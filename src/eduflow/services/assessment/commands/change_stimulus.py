"""Change a passage or exhibit."""

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_views import Stimulus, columns
from eduflow.services.assessment.ids import StimulusId
from eduflow.services.assessment.model.sanitation import safe


class ChangeStimulus(Command[Stimulus], frozen=True, kw_only=True):
    """Fields that are UNSET stay. Every question that refers to it shows the new one."""

    stimulus: StimulusId
    expected: int
    title: str | UnsetType = UNSET
    body: str | UnsetType = UNSET


_LOOK = f"SELECT {columns(Stimulus, 's')} FROM stimuli AS s WHERE s.id = $1"
_UPDATE = (
    "UPDATE stimuli SET title = $3, body = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_stimulus(command: ChangeStimulus, work: UnitOfWork) -> Stimulus:
    known = await work.look_one(_LOOK, command.stimulus, into=Stimulus)
    if known is None:
        raise NotFound(kind="stimulus")
    refuse_unseen(command.expected, known.version)
    title = known.title if command.title is UNSET else command.title
    body = known.body if command.body is UNSET else safe(command.body)
    if (title, body) == (known.title, known.body):
        return known
    work.write(_UPDATE, known.id, known.version, title, body)
    return msgspec.structs.replace(known, title=title, body=body, version=known.version + 1)
