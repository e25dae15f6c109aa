"""Find a course's bank by its name, or begin it."""

from uuid import uuid5

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Forbidden
from eduflow.services.assessment.authoring_problems import NoSuchCourse
from eduflow.services.assessment.ids import BankId, CourseId


class OpenBank(Command[BankId], frozen=True, kw_only=True):
    """In the name of somebody who may write banks there; twice is the same bank, also at once."""

    course: CourseId
    name: str


_MOST = 50
"""Banks of one name that have ids of their own; of those before, all are gone or renamed."""


class _Found(msgspec.Struct):
    may: bool
    bank: BankId | None
    taken: list[BankId]


_LOOK = (
    "SELECT holds_in('bank:write', c.course_id) AS may, (SELECT b.id FROM item_banks AS b"
    " WHERE b.institution_id = c.institution_id AND b.course_id = c.course_id AND b.name = $2"
    " AND b.state = 'active' ORDER BY b.id LIMIT 1) AS bank, (SELECT coalesce(json_agg(b.id), '[]')"
    " FROM item_banks AS b WHERE b.id = ANY ($3::uuid[])) AS taken FROM standing_courses AS c"
    " WHERE c.course_id = $1 AND c.state <> 'deleted'"
)
_INSERT = (
    "INSERT INTO item_banks (id, institution_id, course_id, owner_id, name, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT (id) DO NOTHING"
)


async def open_bank(command: OpenBank, work: UnitOfWork) -> BankId:
    ids = [BankId(uuid5(command.course, f"{n}/{command.name}")) for n in range(_MOST)]
    found = await work.look_one(_LOOK, command.course, command.name, ids, into=_Found)
    if found is None:
        raise NoSuchCourse
    if not found.may:
        raise Forbidden(permission="bank:write")
    if found.bank is not None:
        return found.bank
    # Whoever opens it at the same moment takes the same id, and finds this one when it is there.
    made = next((one for one in ids if one not in found.taken), BankId(new_id()))
    who = work.identity
    work.write(_INSERT, made, who.institution, command.course, who.user, command.name, work.now)
    return made
