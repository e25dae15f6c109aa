"""Take a bank out of the hands of another course."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.bank_rows import look_at_own
from eduflow.services.assessment.ids import BankId, CourseId


class UnshareBank(Command[None], frozen=True, kw_only=True):
    """Tests of that course that ask its questions go on asking them."""

    bank: BankId
    course: CourseId


_DELETE = "DELETE FROM item_share_sets WHERE bank_id = $1 AND course_id = $2 AND {allowed}"


async def unshare_bank(command: UnshareBank, work: UnitOfWork) -> None:
    await look_at_own(work, command.bank)
    work.write(_DELETE, command.bank, command.course, otherwise=NotFound(kind="share"))
