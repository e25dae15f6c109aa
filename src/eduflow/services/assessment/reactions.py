"""What tests do when something happens elsewhere: they forget whom the platform forgets."""

from collections.abc import Sequence
from typing import Any

import msgspec

from eduflow.contracts.api_core import PersonErased
from eduflow.kernel.commands import Command
from eduflow.kernel.ids import UserId
from eduflow.kernel.reactions import Happened, Reaction
from eduflow.services.assessment.commands.erase_answers import EraseAnswers, NoteErasure


def _erased(event: Happened) -> Sequence[Command[Any]]:
    told = msgspec.json.decode(event.payload, type=PersonErased)
    user = UserId(told.user_id)
    # Two: the policies that allow the second look at what the first has written.
    return [NoteErasure(user=user, erasure=told.erasure_id), EraseAnswers(user=user)]


forgetting = Reaction(
    name="forgetting", source="api_core", answers={"api_core.person_erased": _erased}
)
