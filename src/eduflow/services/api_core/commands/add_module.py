"""Add a chapter to a course."""

from datetime import datetime

import msgspec

from eduflow.contracts.api_core import ModuleAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.commands.outline import next_version
from eduflow.services.api_core.ids import CourseId, ModuleId
from eduflow.services.api_core.views import Module


class AddModule(Command[Module], frozen=True, kw_only=True):
    """Without a position it comes last; modules of one position stand in the order of adding."""

    course: CourseId
    title: str
    position: int | None
    unlock_at: datetime | None


class _Place(msgspec.Struct):
    following: int


_LOOK = (
    "SELECT coalesce(max(position), 0) + 1 AS following FROM course_modules WHERE course_id = $1"
)
_INSERT = (
    "INSERT INTO course_modules (id, institution_id, course_id, title, position, unlock_at,"
    " created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def add_module(command: AddModule, work: UnitOfWork) -> Module:
    place = await work.look_one(_LOOK, command.course, into=_Place)
    module = Module(
        id=ModuleId(new_id()),
        course_id=command.course,
        title=command.title,
        position=command.position or (place.following if place else 1),
        unlock_at=command.unlock_at,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        module.id,
        institution,
        module.course_id,
        module.title,
        module.position,
        module.unlock_at,
        work.now,
    )
    next_version(work, module.course_id)
    work.record(
        ModuleAdded(
            institution_id=institution,
            course_id=module.course_id,
            module_id=module.id,
            position=module.position,
        )
    )
    return module
