"""Find a course's bank by its name, or begin it."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Forbidden
from eduflow.services.assessment.authoring_problems import NoSuchCourse
from eduflow.services.assessment.ids import BankId, CourseId


class OpenBank(Command[BankId], frozen=True, kw_only=True):
    """In the name of somebody who may write banks there; twice is the same bank."""

    course: CourseId
    name: str


class _Found(msgspec.Struct):
    may: bool
    bank: BankId | None


_LOOK = (
    "SELECT holds_in('bank:write', c.course_id) AS may, (SELECT b.id FROM item_banks AS b"
    " WHERE b.institution_id = c.institution_id AND b.course_id = c.course_id AND b.name = $2"
    " AND b.state = 'active' ORDER BY b.id LIMIT 1) AS bank FROM standing_courses AS c"
    " WHERE c.course_id = $1 AND c.state <> 'deleted'"
)
_INSERT = (
    "INSERT INTO item_banks (id, institution_id, course_id, owner_id, name, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed}"
)


async def open_bank(command: OpenBank, work: UnitOfWork) -> BankId:
    found = await work.look_one(_LOOK, command.course, command.name, into=_Found)
    if found is None:
        raise NoSuchCourse
    if not found.may:
        raise Forbidden(permission="bank:write")
    if found.bank is not None:
        return found.bank
    made = BankId(new_id())
    who = work.identity
    work.write(_INSERT, made, who.institution, command.course, who.user, command.name, work.now)
    return made
