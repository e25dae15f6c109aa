"""Take a bank out of sight."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.commands.bank_rows import look_at_own
from eduflow.services.assessment.ids import BankId


class DeleteBank(Command[None], frozen=True, kw_only=True):
    """Tests that ask its questions go on asking them."""

    bank: BankId


_UPDATE = (
    "UPDATE item_banks SET state = 'deleted', version = version + 1"
    " WHERE id = $1 AND version = $2 AND state = 'active' AND {allowed}"
)


async def delete_bank(command: DeleteBank, work: UnitOfWork) -> None:
    known = await look_at_own(work, command.bank)
    work.write(_UPDATE, known.id, known.version)
