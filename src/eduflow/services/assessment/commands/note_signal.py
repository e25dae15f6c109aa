"""Note what a page noticed while a test was sat."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.save_draft import SIGNAL
from eduflow.services.assessment.ids import AttemptId
from eduflow.services.assessment.sitting_problems import AttemptEnded, TooManySignals

_MOST = 500


class NoteSignal(Command[None], frozen=True, kw_only=True):
    """A sign for a person to look at, never a verdict."""

    attempt: AttemptId
    signal: str
    detail: str


class _Found(msgspec.Struct):
    state: str
    signals: int


_LOOK = (
    "SELECT t.state, (SELECT count(*) FROM integrity_events AS e WHERE e.attempt_id = t.id)"
    " AS signals FROM attempts AS t WHERE t.id = $1"
)


async def note_signal(command: NoteSignal, work: UnitOfWork) -> None:
    found = await work.look_one(_LOOK, command.attempt, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    if found.state != "in_progress":
        raise AttemptEnded
    if found.signals >= _MOST:
        raise TooManySignals(most=_MOST)
    detail = msgspec.json.encode({"note": command.detail} if command.detail else {}).decode()
    about = (command.attempt, command.signal, detail, work.now)
    work.write(SIGNAL, new_id(), work.identity.institution, *about)
