"""Give a bank another name, or show it to others."""

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import Invalid
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_views import Bank
from eduflow.services.assessment.commands.bank_rows import look_at_own, shown
from eduflow.services.assessment.ids import BankId


class ChangeBank(Command[Bank], frozen=True, kw_only=True):
    """Fields that are UNSET stay."""

    bank: BankId
    expected: int
    name: str | UnsetType = UNSET
    visibility: str | UnsetType = UNSET


_UPDATE = (
    "UPDATE item_banks SET name = $3, visibility = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND state = 'active' AND {allowed}"
)


async def change_bank(command: ChangeBank, work: UnitOfWork) -> Bank:
    known = await look_at_own(work, command.bank)
    refuse_unseen(command.expected, known.version)
    name = known.name if command.name is UNSET else command.name
    visibility = known.visibility if command.visibility is UNSET else command.visibility
    if known.course_id is None and visibility != "institution":
        message = "A bank without a course is of the institution"
        raise Invalid(errors=[{"pointer": "/visibility", "message": message}])
    if (name, visibility) == (known.name, known.visibility):
        return shown(known)
    work.write(_UPDATE, known.id, known.version, name, visibility)
    return msgspec.structs.replace(
        shown(known), name=name, visibility=visibility, version=known.version + 1
    )
