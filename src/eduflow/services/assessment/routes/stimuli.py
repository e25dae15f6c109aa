"""Passages and exhibits over HTTP."""

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Line, Page, Slice, Text
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.authoring_views import Stimulus
from eduflow.services.assessment.commands.add_stimulus import AddStimulus
from eduflow.services.assessment.commands.change_stimulus import ChangeStimulus
from eduflow.services.assessment.commands.delete_stimulus import DeleteStimulus
from eduflow.services.assessment.ids import BankId, StimulusId
from eduflow.services.assessment.queries import banks


class NewStimulus(Input, kw_only=True):
    """Something that several questions refer to. The body is HTML, and is made safe."""

    title: Line
    body: Text


class StimulusChange(Input, kw_only=True):
    """Members that are absent stay."""

    title: Line | UnsetType = UNSET
    body: Text | UnsetType = UNSET


@post(
    "/banks/{bank_id:uuid}/stimuli",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="bank")],
)
async def add(
    bank_id: FromPath[BankId],
    data: JSONBody[NewStimulus],
    commands: NamedDependency[BoundCommands],
) -> Response[Stimulus]:
    """Add a passage or exhibit."""
    command = AddStimulus(bank=bank_id, title=data.title, body=data.body)
    made = await commands.execute(command)
    return created(made, at=f"/stimuli/{made.id}")


@get("/banks/{bank_id:uuid}/stimuli", guards=[may("bank:read", on="bank")])
async def list_stimuli(
    bank_id: FromPath[BankId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[Stimulus]:
    """The passages and exhibits of a bank."""
    return await banks.stimuli(replica, bank_id, page=page)


@get("/stimuli/{stimulus_id:uuid}", guards=[may("bank:read", on="stimulus")])
async def one(
    stimulus_id: FromPath[StimulusId], replica: NamedDependency[ReadSession]
) -> Response[Stimulus]:
    """A passage or exhibit."""
    return changed(await banks.stimulus(replica, stimulus_id))


@patch("/stimuli/{stimulus_id:uuid}", guards=[may("bank:write", on="stimulus")])
async def change(
    stimulus_id: FromPath[StimulusId],
    data: JSONBody[StimulusChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Stimulus]:
    """Change a passage; every question that refers to it shows the new one."""
    fields = msgspec.structs.asdict(data)
    command = ChangeStimulus(stimulus=stimulus_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@delete("/stimuli/{stimulus_id:uuid}", guards=[may("bank:write", on="stimulus")])
async def remove(
    stimulus_id: FromPath[StimulusId], commands: NamedDependency[BoundCommands]
) -> None:
    """Delete a passage that no question refers to."""
    await commands.execute(DeleteStimulus(stimulus=stimulus_id))
