"""Change a chapter: its title, its place, the time it opens."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core import ModuleChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.commands.outline import next_version
from eduflow.services.api_core.ids import ModuleId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.views import Module, columns


class ChangeModule(Command[Module], frozen=True, kw_only=True):
    """Fields that are UNSET stay."""

    module: ModuleId
    expected: int
    title: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    unlock_at: datetime | UnsetType | None = UNSET


_LOOK = f"SELECT {columns(Module, 'm')} FROM course_modules AS m WHERE m.id = $1"
_UPDATE = (
    "UPDATE course_modules SET title = $3, position = $4, unlock_at = $5, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_module(command: ChangeModule, work: UnitOfWork) -> Module:
    module = await work.look_one(_LOOK, command.module, into=Module)
    if module is None:
        raise NotFound(kind="module")
    refuse_unseen(command.expected, module.version)
    changed = revised(module, command)
    if changed is module:
        return module
    work.write(
        _UPDATE, module.id, module.version, changed.title, changed.position, changed.unlock_at
    )
    next_version(work, module.course_id)
    work.record(
        ModuleChanged(
            institution_id=work.identity.institution,
            course_id=module.course_id,
            module_id=module.id,
            position=changed.position,
        )
    )
    return changed
